namespace Laneway.Extensions.Hosting.Internal;

using Microsoft.Extensions.Logging;

/// <summary>Takes a reading of each store's counters every second, which the health check then judges by, and writes what
/// has happened to the log now and then, at level Debug.</summary>
internal sealed class StoreMonitor : IDisposable
{
    private const int ReadingsPerEntry = 10;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Func<IEnumerable<HostedStore>> stores;
    private readonly ILogger logger;
    private readonly TimeProvider time;
    private readonly ITimer timer;
    private readonly Dictionary<string, LanewayStats> logged = new(StringComparer.Ordinal);
    private int readings;

    // A reading that takes longer than the interval is not overtaken by the next.
    private int reading;

    internal StoreMonitor(Func<IEnumerable<HostedStore>> stores, ILogger logger, TimeProvider time)
    {
        (this.stores, this.logger, this.time) = (stores, logger, time);
        // Its ticks must not keep what happens to be current in whoever starts the host.
        using AsyncFlowControl? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        timer = time.CreateTimer(static monitor => ((StoreMonitor)monitor!).Read(), this, Interval, Interval);
    }

    /// <summary>The time that readings are taken at.</summary>
    internal static TimeSpan Now(TimeProvider time) => time.GetElapsedTime(0, time.GetTimestamp());

    public void Dispose() => timer.Dispose();

    private void Read()
    {
        if (Interlocked.Exchange(ref reading, 1) == 1)
        {
            return;
        }

        try
        {
            bool writes = ++readings % ReadingsPerEntry == 0;
            TimeSpan now = Now(time);
            foreach (HostedStore store in stores())
            {
                if (store.Look(now) is var (stats, _) && writes)
                {
                    Write(store.Name, stats);
                }
            }
        }
        catch (Exception exception) when (exception is LanewayException or ObjectDisposedException)
        {
            // Of a runtime that is being closed. An exception here would end the process.
        }
        finally
        {
            Volatile.Write(ref reading, 0);
        }
    }

    /// <summary>Writes what has happened since the last entry, if anything has.</summary>
    private void Write(string store, LanewayStats stats)
    {
        logged.TryGetValue(store, out LanewayStats? before);
        logged[store] = stats;
        if (!logger.IsEnabled(LogLevel.Debug) || (before?.Accepted == stats.Accepted && before.Pending == stats.Pending))
        {
            return;
        }

        string outcomes = string.Join(", ", stats.Outcomes
            .Select(one => (one.Key, Count: one.Value - (before?.Outcomes[one.Key] ?? 0)))
            .Where(one => one.Count > 0)
            .Select(one => $"{one.Key} {one.Count}"));
        HostLog.Worked(
            logger, store, outcomes.Length > 0 ? outcomes : "none ended", stats.Transactions - (before?.Transactions ?? 0), stats.Pending);
    }
}
