namespace Laneway.Extensions.Hosting.Internal;

using System.Collections.Concurrent;

/// <summary>How many upserts failed lately, whoever asks how often: since the last look that is at least half a minute
/// old, of those that were kept.</summary>
internal sealed class FailureWindow(TimeProvider time)
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(30);

    // Two looks a store; stores are named by the configuration or by the host.
    private readonly ConcurrentDictionary<string, Looks> looks = new(StringComparer.Ordinal);

    internal long Failures(string store, LanewayStats stats)
    {
        long failed = stats.Outcomes["failed"] + stats.Outcomes["in_doubt"] + stats.Outcomes["plugin_failed"];
        long now = time.GetTimestamp();
        Looks kept = looks.AddOrUpdate(
            store,
            _ => new Looks(now, 0, 0),
            (_, before) => time.GetElapsedTime(before.At, now) < Span ? before
                : time.GetElapsedTime(before.At, now) < 2 * Span ? new Looks(now, failed, before.Failed)
                : new Looks(now, failed, failed));
        // A store that was closed and opened again counts from 0.
        return Math.Max(0, failed - kept.FailedBefore);
    }

    private sealed record Looks(long At, long Failed, long FailedBefore);
}
