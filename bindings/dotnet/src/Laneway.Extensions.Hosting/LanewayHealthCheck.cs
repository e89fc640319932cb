namespace Laneway.Extensions.Hosting;

using Laneway.Extensions.Hosting.Internal;
using Microsoft.Extensions.Diagnostics.HealthChecks;

/// <summary>Whether upserts can be served. <em>Unhealthy</em> (or the registration's failure status): the host has not
/// started, is stopping, or no store is open. <em>Degraded</em>: a store is not open or nearly full, or upserts have failed
/// within the last 30 to 60 seconds. The description names the reasons; the data contain the number of pending upserts of
/// each store.</summary>
public sealed class LanewayHealthCheck : IHealthCheck
{
    /// <summary>The check's name, as registered by <c>AddLaneway</c>.</summary>
    public const string Name = "laneway";

    // Above this share of StoreItemsMax, callers will soon have to wait or be rejected.
    private const double NearlyFull = 0.9;

    private readonly LanewayStores stores;
    private readonly FailureWindow window;

    internal LanewayHealthCheck(LanewayStores stores, TimeProvider time)
    {
        this.stores = stores;
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
        foreach (HostedStore store in stores.All)
        {
            all++;
            if (store.Stats() is not { } stats)
            {
                reasons.Add($"The store {store.Name} is not open. {store.Problem}".TrimEnd());
                continue;
            }

            open++;
            data[$"{store.Name}.pending"] = stats.Pending;
            reasons.AddRange(Reasons(store, stats));
        }

        HealthStatus status = open == 0 && all > 0 ? failure
            : reasons.Count > 0 ? HealthStatus.Degraded
            : HealthStatus.Healthy;
        return new HealthCheckResult(
            status, reasons.Count > 0 ? string.Join(' ', reasons) : "All stores are open.", exception: null, data);
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
