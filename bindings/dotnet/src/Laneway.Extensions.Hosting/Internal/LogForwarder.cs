namespace Laneway.Extensions.Hosting.Internal;

using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

/// <summary>Forwards the native library's log entries to the host's log, through a bounded queue: a log that is slow or hangs
/// loses entries, but delays no upsert.</summary>
internal sealed partial class LogForwarder : IAsyncDisposable
{
    // A few seconds' worth of entries of a busy library at level Information.
    private const int QueuedMax = 1024;

    // How long the shutdown waits for a log that hangs.
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(2);

    private readonly Channel<LanewayLogEntry> queue = Channel.CreateBounded<LanewayLogEntry>(
        new BoundedChannelOptions(QueuedMax) { SingleReader = true, SingleWriter = true });

    private readonly ConcurrentDictionary<string, ILogger> loggers = new(StringComparer.Ordinal);
    private readonly ILoggerFactory factory;
    private readonly Task forwarding;
    private long dropped;

    public LogForwarder(ILoggerFactory factory)
    {
        this.factory = factory;
        // It runs as long as the host, and must not keep the AsyncLocals of whoever started that.
        using (ExecutionContext.SuppressFlow())
        {
            forwarding = Task.Run(Forward);
        }
    }

    /// <summary>The number of entries lost because the queue was full or the log threw.</summary>
    internal long Dropped => Volatile.Read(ref dropped);

    /// <summary>The native library's level; <see cref="LanewayLogLevel.None"/> for levels above its highest.</summary>
    internal static LanewayLogLevel Native(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => LanewayLogLevel.Debug,
        LogLevel.Information => LanewayLogLevel.Information,
        LogLevel.Warning => LanewayLogLevel.Warning,
        LogLevel.Error or LogLevel.Critical => LanewayLogLevel.Error,
        _ => LanewayLogLevel.None,
    };

    /// <summary>Queues an entry, without waiting.</summary>
    internal void Add(LanewayLogEntry entry)
    {
        if (!queue.Writer.TryWrite(entry))
        {
            Interlocked.Increment(ref dropped);
        }
    }

    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await forwarding.WaitAsync(FlushTimeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task Forward()
    {
        await foreach (LanewayLogEntry entry in queue.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                // The library has a few targets: not unbounded.
                ILogger logger = loggers.GetOrAdd(entry.Target, target => factory.CreateLogger(Category(target)));
                LogLevel level = Level(entry.Level);
                if (logger.IsEnabled(level))
                {
                    Write(logger, level, entry.Message, entry.Fields, entry.Timestamp);
                }
            }
#pragma warning disable CA1031 // A log that throws loses this entry, but not those after it.
            catch (Exception)
#pragma warning restore CA1031
            {
                Interlocked.Increment(ref dropped);
            }
        }
    }

    private static string Category(string target) => "Laneway." + target.Replace("::", ".", StringComparison.Ordinal);

    private static LogLevel Level(LanewayLogLevel level) => level switch
    {
        LanewayLogLevel.Error => LogLevel.Error,
        LanewayLogLevel.Warning => LogLevel.Warning,
        LanewayLogLevel.Information => LogLevel.Information,
        _ => LogLevel.Debug,
    };

    [LoggerMessage(EventId = 1, EventName = "Native", Message = "{Message} {Fields} (at {WrittenAt:O})")]
    private static partial void Write(
        ILogger logger, LogLevel level, string message, string fields, DateTimeOffset writtenAt);
}
