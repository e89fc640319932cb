namespace Laneway.Extensions.Hosting;

using Laneway.Extensions.Hosting.Internal;
using Microsoft.Extensions.Diagnostics.HealthChecks;

/// <summary>Whether upserts can be served. <em>Unhealthy</em> (or the registration's failure status): the host has not
/// started, is stopping, no store is open, or a store's database has answered no upsert for 30 seconds although some wait.
/// <em>Degraded</em>: it has answered none for 10 seconds, an upsert has been pending for 10 seconds and what it waits for is
/// known (a lock and who holds it, a standby, the database itself), or for 30 seconds, a store is not open or nearly full, or
/// upserts have failed within the last 30 to 60 seconds. The description names the reasons; the data contain each store's
/// pending upserts, for how many seconds the oldest of them has been pending, and what is waited for, if anything.</summary>
public sealed class LanewayHealthCheck : IHealthCheck
{
    /// <summary>The check's name, as registered by <c>AddLaneway</c>.</summary>
    public const string Name = "laneway";

    // Above this share of StoreItemsMax, callers will soon have to wait or be rejected.
    private const double NearlyFull = 0.9;

    // Longer than a flush takes on a database that is merely busy.
    private static readonly TimeSpan SilenceDegrades = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SilenceFails = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan WaitDegrades = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PendingDegrades = TimeSpan.FromSeconds(30);

    private readonly LanewayStores stores;
    private readonly FailureWindow window;
    private readonly TimeProvider time;

    internal LanewayHealthCheck(LanewayStores stores, TimeProvider time)
    {
        this.stores = stores;
        this.time = time;
        window = new FailureWindow(time);
    }

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        HealthStatus failure = context.Registration?.FailureStatus ?? HealthStatus.Unhealthy;
        return Task.FromResult(
            stores.IsStopping ? new HealthCheckResult(failure, "Laneway is closing: the host is stopping.")
            : !stores.IsStarted ? new HealthCheckResult(failure, "Laneway is not open yet.")
            : Look(failure));
    }

    private HealthCheckResult Look(HealthStatus failure)
    {
        var reasons = new List<string>();
        var data = new Dictionary<string, object>();
        int open = 0, all = 0;
        bool silent = false;
        TimeSpan now = StoreMonitor.Now(time);
        foreach (HostedStore store in stores.All)
        {
            all++;
            if (store.Look(now) is not var (stats, silence))
            {
                reasons.Add($"The store {store.Name} is not open. {store.Problem}".TrimEnd());
                continue;
            }

            open++;
            silent |= silence >= SilenceFails;
            data[$"{store.Name}.pending"] = stats.Pending;
            data[$"{store.Name}.oldest_pending_seconds"] = (long)stats.OldestPending.TotalSeconds;
            if (stats.Wait is { } wait)
            {
                data[$"{store.Name}.wait"] = wait;
            }

            reasons.AddRange(Waiting(store.Name, stats, silence));
            reasons.AddRange(Reasons(store, stats));
        }

        HealthStatus status = (open == 0 && all > 0) || silent ? failure
            : reasons.Count > 0 ? HealthStatus.Degraded
            : HealthStatus.Healthy;
        string batching = stores.All.Any(store => store.Batching == false) ? " Batching is off." : "";
        return new HealthCheckResult(
            status, reasons.Count > 0 ? string.Join(' ', reasons) : "All stores are open." + batching, exception: null, data);
    }

    internal static IEnumerable<string> Waiting(string store, LanewayStats stats, TimeSpan silence)
    {
        bool isLong = silence >= SilenceDegrades || stats.OldestPending >= WaitDegrades;
        if (isLong && stats.Wait is { } wait)
        {
            yield return $"The store {store} {wait}.";
        }

        if (silence >= SilenceDegrades)
        {
            yield return $"The database of the store {store} has answered no upsert for {(long)silence.TotalSeconds} s; "
                + $"{stats.Pending} are pending.";
        }
        else if (stats.OldestPending >= PendingDegrades)
        {
            yield return $"In the store {store}, upserts have been pending for {(long)stats.OldestPending.TotalSeconds} s.";
        }
    }

    private IEnumerable<string> Reasons(HostedStore store, LanewayStats stats)
    {
        if (stats.ItemsMax > 0 && stats.Pending >= NearlyFull * stats.ItemsMax)
        {
            yield return $"The store {store.Name} is nearly full: {stats.Pending} of {stats.ItemsMax} upserts are pending.";
        }

        if (window.Failures(store.Name, stats) is > 0 and var failures)
        {
            yield return $"In the store {store.Name}, {failures} upserts failed lately.";
        }
    }
}
