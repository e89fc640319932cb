namespace Laneway.Extensions.Hosting.Internal;

using System.Diagnostics.Metrics;

/// <summary>The instruments of the meter <c>Laneway</c>. All are observable: they read the native library's counters when
/// metrics are collected, and add no cost to an upsert.</summary>
internal sealed class LanewayMetrics(LanewayStores stores, IMeterFactory meters)
{
    private readonly Meter meter = meters.Create(LanewayDiagnostics.MeterName);

    internal void Start()
    {
        meter.CreateObservableCounter(
            "laneway.operations", () => Each<long>(Outcomes), "{operation}", "Upserts ended, by outcome.");
        meter.CreateObservableUpDownCounter(
            "laneway.operations.pending", () => Each(stats => stats.Pending), "{operation}", "Upserts accepted and not ended.");
        meter.CreateObservableGauge(
            "laneway.operations.pending.oldest", () => Each<double>(Oldest), "s", "How long the oldest pending upsert has been pending.");
        meter.CreateObservableCounter(
            "laneway.flushes", () => Each<long>(Flushes), "{flush}", "Flushes started, by reason.");
        meter.CreateObservableCounter(
            "laneway.flush.operations", () => Each(stats => stats.BatchedOperations), "{operation}",
            "Upserts that flushes carried.");
        meter.CreateObservableCounter(
            "laneway.flushes.lost", () => Each(stats => stats.FlushesLost), "{flush}", "Flushes that broke off.");
        meter.CreateObservableCounter(
            "laneway.transactions", () => Each(stats => stats.Transactions), "{transaction}", "Transactions begun.");
        meter.CreateObservableCounter(
            "laneway.transactions.repeated", () => Each(stats => stats.Retries), "{transaction}",
            "Transactions repeated after a failure.");
        meter.CreateObservableCounter(
            "laneway.round_trips", () => Each(stats => stats.RoundTrips), "{round_trip}",
            "Times that a flush waited for the server.");
        meter.CreateObservableGauge(
            "laneway.operation.latency", () => Each<double>(Latencies), "s", "What a part of the upserts did not exceed, by quantile.");
        meter.CreateObservableGauge(
            "laneway.plugins.generation", Generation, "{generation}", "How often plugins have been published.");
        meter.CreateObservableCounter(
            "laneway.logs.dropped", () => stores.LogsDropped, "{entry}", "Log entries that there was no room for.");
    }

    private IEnumerable<Measurement<long>> Generation() =>
        stores.PluginsIfLoaded is { } plugins && !stores.IsStopping ? [new(plugins.Generation)] : [];

    private IEnumerable<Measurement<long>> Each(Func<LanewayStats, long> value) =>
        Each<long>((name, stats) => [new Measurement<long>(value(stats), Store(name))]);

    private IEnumerable<Measurement<T>> Each<T>(Func<string, LanewayStats, IEnumerable<Measurement<T>>> values)
        where T : struct
    {
        foreach (HostedStore store in stores.All)
        {
            if (store.Stats() is { } stats)
            {
                foreach (Measurement<T> value in values(store.Name, stats))
                {
                    yield return value;
                }
            }
        }
    }

    private static IEnumerable<Measurement<long>> Outcomes(string name, LanewayStats stats) =>
        stats.Outcomes.Select(outcome =>
            new Measurement<long>(outcome.Value, Store(name), new("laneway.outcome", outcome.Key)));

    private static IEnumerable<Measurement<long>> Flushes(string name, LanewayStats stats) =>
        stats.FlushReasons.Select(reason =>
            new Measurement<long>(reason.Value, Store(name), new("laneway.flush.reason", reason.Key)));

    private static IEnumerable<Measurement<double>> Oldest(string name, LanewayStats stats) =>
        [new(stats.OldestPending.TotalSeconds, Store(name))];

    private static IEnumerable<Measurement<double>> Latencies(string name, LanewayStats stats) =>
    [
        new(stats.LatencyP50.TotalSeconds, Store(name), new("quantile", "0.5")),
        new(stats.LatencyP95.TotalSeconds, Store(name), new("quantile", "0.95")),
        new(stats.LatencyP99.TotalSeconds, Store(name), new("quantile", "0.99")),
    ];

    private static KeyValuePair<string, object?> Store(string name) => new("laneway.store", name);
}
