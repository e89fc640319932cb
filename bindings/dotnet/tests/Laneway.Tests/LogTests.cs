namespace Laneway.Tests;

using System.Collections.Concurrent;
using System.Globalization;

/// <summary>The native library's log in the hands of the host. Entries are made by a watched folder whose listing is invalid.
/// </summary>
public sealed class LogTests
{
    [Fact]
    public async Task A_long_entry_is_cut_and_those_behind_it_come()
    {
        var log = new BlockingCollection<LanewayLogEntry>();
        await using var source = new Source(log.Add);
        source.Write("\"" + new string('é', 100_000) + "\"");
        LanewayLogEntry first = Take(log, "é… (cut, ");
        Assert.InRange(first.Message.Length, 1000, 10_000);
        source.Write("\"short\"");
        Take(log, "short");
        // Entries are copies, which a host may keep.
        Assert.Contains("é… (cut, ", first.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handler_that_throws_gets_the_next_entry()
    {
        var log = new BlockingCollection<LanewayLogEntry>();
        await using var source = new Source(entry =>
        {
            log.Add(entry);
            throw new InvalidTimeZoneException("a host's defect");
        });
        for (int at = 0; at < 3; at++)
        {
            source.Write($"\"entry {at}\"");
            Take(log, $"entry {at}");
        }
    }

    [Fact]
    public async Task A_handler_that_blocks_delays_no_upsert_and_no_other_runtime_s_log()
    {
        using var released = new ManualResetEventSlim();
        var log = new BlockingCollection<LanewayLogEntry>();
        var others = new BlockingCollection<LanewayLogEntry>();
        await using var blocked = new Source(entry =>
        {
            log.Add(entry);
            released.Wait(TestContext.Current.CancellationToken);
        });
        await using var other = new Source(others.Add);
        blocked.Write("\"first\"");
        Take(log, "first");
        blocked.Write("\"second\"");
        other.Write("\"other\"");
        Take(others, "other");
        LanewayClient client = blocked.Runtime.OpenEcho();
        for (int at = 0; at < 1000; at++)
        {
            Assert.Equal("inserted", (await client.UpsertAsync(EchoStore.Request())).Name);
        }

        Assert.Empty(log);
        released.Set();
        Take(log, "second");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_handler_may_dispose_of_the_runtime(bool waits)
    {
        var disposed = new TaskCompletionSource<Task>();
        Source? source = null;
        source = new Source(_ =>
        {
            Task disposing = source!.Runtime.DisposeAsync().AsTask();
            if (waits)
            {
                disposing.Wait(TestContext.Current.CancellationToken);
            }

            disposed.TrySetResult(disposing);
        });
        source.Write("\"first\"");
        await await disposed.Task;
        await source.DisposeAsync();
    }

    [Fact]
    public async Task The_last_entries_come_before_the_runtime_is_closed()
    {
        var log = new ConcurrentQueue<LanewayLogEntry>();
        using var first = new ManualResetEventSlim();
        var source = new Source(entry =>
        {
            log.Enqueue(entry);
            first.Set();
        });
        source.Write("\"first\"");
        first.Wait(TestContext.Current.CancellationToken);
        source.Write("\"last\"");
        await source.Plugins.UnwatchAsync();
        int written = log.Count;
        await source.DisposeAsync();
        Assert.InRange(log.Count, written, 100);
        Assert.Equal(log.Count, log.Select(entry => entry.Timestamp.ToString("O", CultureInfo.InvariantCulture) + entry.Message).Distinct().Count());
    }

    /// <summary>Waits for an entry with a text. Others come before it: a listing may be looked at twice.</summary>
    private static LanewayLogEntry Take(BlockingCollection<LanewayLogEntry> log, string text) =>
        log.GetConsumingEnumerable(TestContext.Current.CancellationToken)
            .First(entry => entry.Message.Contains(text, StringComparison.Ordinal));

    /// <summary>A runtime that logs what <see cref="Write"/> makes of a listing.</summary>
    private sealed class Source : IAsyncDisposable
    {
        private readonly TemporaryFolder folder = new();

        internal Source(Action<LanewayLogEntry> handler)
        {
            Runtime = new LanewayRuntime(new LanewayRuntimeOptions { WorkerThreads = 1, Log = handler });
            Plugins = LanewayPlugins.FromComponentsAsync(new Dictionary<string, ReadOnlyMemory<byte>>()).GetAwaiter().GetResult();
            Plugins.Watch(Runtime, folder.FullName, TimeSpan.FromMilliseconds(20));
        }

        internal LanewayRuntime Runtime { get; }

        internal LanewayPlugins Plugins { get; }

        /// <summary>Writes the folder's listing, in one step.</summary>
        internal void Write(string listing)
        {
            string beside = Path.Combine(folder.FullName, "plugins.json.new");
            File.WriteAllText(beside, listing);
            File.Move(beside, Path.Combine(folder.FullName, "plugins.json"), overwrite: true);
        }

        public async ValueTask DisposeAsync()
        {
            Plugins.Dispose();
            await Runtime.DisposeAsync();
            folder.Dispose();
        }
    }
}
