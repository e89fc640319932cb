namespace Laneway.Extensions.Hosting.Internal;

using System.Collections.Concurrent;

/// <summary>The number of upserts that failed within the last 30 to 60 seconds, however often it is read: counted since the
/// latest kept reading that is at least 30 seconds old.</summary>
internal sealed class FailureWindow(TimeProvider time)
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(30);

    // The two latest kept readings of each store. Not bounded by itself: there are as many as store names.
    private readonly ConcurrentDictionary<string, Readings> readings = new(StringComparer.Ordinal);

    internal long Failures(string store, LanewayStats stats)
    {
        // What a document alone is at fault for shows nothing about the store: one caller could make it look ill.
        long failed = stats.Outcomes["failed"] - stats.DocumentsAtFault + stats.Outcomes["in_doubt"] + stats.Outcomes["plugin_failed"];
        long now = time.GetTimestamp();
        Readings kept = readings.AddOrUpdate(
            store,
            _ => new Readings(now, 0, 0),
            (_, before) => time.GetElapsedTime(before.At, now) < Span ? before
                : time.GetElapsedTime(before.At, now) < 2 * Span ? new Readings(now, failed, before.Failed)
                : new Readings(now, failed, failed));
        // A store that was closed and opened again counts from 0, below the kept reading.
        return Math.Max(0, failed - kept.FailedBefore);
    }

    private sealed record Readings(long At, long Failed, long FailedBefore);
}
