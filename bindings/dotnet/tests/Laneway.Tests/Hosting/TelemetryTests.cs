namespace Laneway.Tests.Hosting;

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Laneway.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;

public sealed class TelemetryTests
{
    [Fact]
    public async Task Metrics_count_upserts_by_store_and_outcome()
    {
        // Other hosts of this process have meters of the same name.
        string store = $"store-{Guid.NewGuid():N}";
        await using var host = new EchoHost([("ConnectionString", null), ($"Stores:{store}", "Host=h")]);
        await host.StartAsync();
        foreach (string endpoint in (string[])["inserted", "inserted", "failed"])
        {
            await host.Stores.Get(store).UpsertAsync(EchoStore.Request(endpoint));
        }

        var seen = new Dictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == LanewayDiagnostics.MeterName)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (tags.Length > 0 && Equals(tags[0].Value, store))
            {
                seen[instrument.Name + (tags.Length > 1 ? ":" + tags[1].Value : "")] = value;
            }
        }

        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Equal(
            (2, 1, 0, 0),
            (seen["laneway.operations:inserted"], seen["laneway.operations:failed"], seen["laneway.operations:updated"],
             seen["laneway.operations.pending"]));
        string[] names = ["laneway.transactions", "laneway.flushes:idle", "laneway.operations.pending.oldest", "laneway.operation.latency:0.99", "laneway.round_trips"];
        Assert.All(names, name => Assert.Contains(name, seen));
    }

    [Fact]
    public async Task An_upsert_s_activity_belongs_to_its_caller_and_names_its_outcome()
    {
        using var caller = new Activity("caller");
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == LanewayDiagnostics.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == caller.TraceId)
                {
                    ended.Enqueue(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var echo = new EchoStore();
        caller.SetIdFormat(ActivityIdFormat.W3C).Start();
        await echo.Upsert();
        await echo.Upsert("failed");
        caller.Stop();
        Assert.Equal(
            [("laneway.upsert", "inserted", ActivityStatusCode.Unset), ("laneway.upsert", "failed", ActivityStatusCode.Error)],
            ended.Select(one => (one.OperationName, (string)one.GetTagItem("laneway.outcome")!, one.Status)));
        Assert.All(ended, one => Assert.Equal(caller.SpanId, one.ParentSpanId));
    }

    [Fact]
    public async Task Upserts_link_to_the_activity_of_the_batch_that_wrote_them()
    {
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == LanewayDiagnostics.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var caller = new Activity("a request");
        caller.SetIdFormat(ActivityIdFormat.W3C).Start();
        // The runtime is made in the activity, as by the first request of a service that opens its store late.
        await using Scene scene = await Scene.Set(new LanewayLimits { Batching = true, Lanes = 1 });
        await using (Blocked blocked = await Blocked.StoreAsync(scene.Database))
        {
            Task<UpsertOutcome> first = scene.Client.UpsertAsync(Scene.Document("first")).AsTask();
            await blocked.HasWaiter();
            // While the first hangs the others gather behind it.
            Task<UpsertOutcome>[] others =
                [.. Enumerable.Range(0, 10).Select(at => scene.Client.UpsertAsync(Scene.Document($"{at}")).AsTask())];
            await blocked.Release();
            Assert.All(await Task.WhenAll([first, .. others]), outcome => Assert.True(outcome.IsStored));
        }

        caller.Stop();
        Activity[] upserts = [.. ended.Where(one => one.TraceId == caller.TraceId && one.OperationName == "laneway.upsert")];
        Assert.Equal(11, upserts.Length);
        Activity[] batches = [.. upserts.Select(upsert => ended.Single(
            one => one.OperationName == "laneway.batch" && one.Context == upsert.Links.Single().Context with { }))];
        Assert.All(batches.GroupBy(batch => batch.SpanId), batch =>
            Assert.Equal(batch.Count(), (int)batch.First().GetTagItem("db.operation.batch.size")!));
        Assert.Contains(batches, batch => (int)batch.GetTagItem("db.operation.batch.size")! > 1);
        Assert.All(batches, batch =>
        {
            Assert.NotEqual(caller.TraceId, batch.TraceId);
            Assert.Equal(default, batch.ParentSpanId);
            Assert.Equal([caller.Context], batch.Links.Select(link => link.Context));
        });
    }

    [Fact]
    public async Task A_listener_that_throws_does_not_fail_an_upsert()
    {
        string endpoint = "inserted";
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == LanewayDiagnostics.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStarted = _ => throw new InvalidOperationException("a listener's defect"),
        };
        ActivitySource.AddActivityListener(listener);
        await using var echo = new EchoStore();
        Assert.Equal("inserted", (await echo.Upsert(endpoint)).Name);
        Assert.Equal("inserted", (await echo.Upsert(endpoint)).Name);
    }

    [Fact]
    public async Task A_log_that_hangs_or_throws_loses_entries_and_delays_nothing()
    {
        using var released = new ManualResetEventSlim();
        using var log = new TestLog(message =>
        {
            released.Wait(TestContext.Current.CancellationToken);
            if (message.StartsWith("first", StringComparison.Ordinal))
            {
                throw new InvalidOperationException("a log's defect");
            }
        });
        var forwarder = new LogForwarder(log);
        var entry = new LanewayLogEntry(LanewayLogLevel.Warning, DateTimeOffset.UtcNow, "laneway_core::lane", "first", "{}");
        forwarder.Add(entry);
        for (int at = 0; at < 5000; at++)
        {
            forwarder.Add(entry with { Message = "another" });
        }

        Assert.InRange(forwarder.Dropped, 3000, 5000);
        released.Set();
        await forwarder.DisposeAsync();
        Assert.Contains(("Laneway.laneway_core.lane", LogLevel.Warning, "another {} (at"), log.Entries.Select(
            entry => (entry.Category, entry.Level, entry.Message[..14])));
    }
}

/// <summary>A log that keeps its entries, after running <paramref name="before"/> with each message.</summary>
internal sealed class TestLog(Action<string>? before = null) : ILoggerFactory, ILoggerProvider
{
    internal ConcurrentQueue<(string Category, LogLevel Level, string Message)> Entries { get; } = new();

    public ILogger CreateLogger(string categoryName) => new One(this, categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    private sealed class One(TestLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            string message = formatter(state, exception);
            log.before(message);
            log.Entries.Enqueue((category, logLevel, message));
        }
    }

    private readonly Action<string> before = before ?? (static _ => { });
}
