namespace Laneway.Extensions.Hosting.Internal;

/// <summary>What a store's counters, read again and again, say of its database: how long upserts have been waiting at least,
/// and since when none has been answered. Knows no clock: each reading comes with its time.</summary>
internal sealed class StoreProgress
{
    /// <summary>How long a silence is remembered once nothing waits for the database any more: a store that gets no upserts
    /// because it is not healthy must become healthy again.</summary>
    internal static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(1);

    // More than a reading a second for as long as an upsert can be pending and anybody would want to know the minute.
    private const int ReadingsMax = 3600;

    // How many upserts had been accepted when. The oldest reading has upserts among its own that have not ended.
    private readonly Queue<(TimeSpan At, long Accepted)> accepted = new();
    private Counts last;
    private long acceptedLast;
    private TimeSpan unansweredAt;
    private TimeSpan? silentSince;

    /// <summary>Takes a reading.</summary>
    internal void Note(TimeSpan now, in Counts counts)
    {
        if (counts.Accepted < last.Accepted)
        {
            // The store was closed and opened again.
            accepted.Clear();
            (acceptedLast, last, silentSince) = (0, default, null);
        }

        while (accepted.TryPeek(out var oldest) && oldest.Accepted <= counts.Ended)
        {
            accepted.Dequeue();
        }

        if (counts.Accepted > acceptedLast && counts.Accepted > counts.Ended && accepted.Count < ReadingsMax)
        {
            accepted.Enqueue((now, counts.Accepted));
            acceptedLast = counts.Accepted;
        }

        bool waits = counts.Accepted > counts.Ended || counts.Unanswered > last.Unanswered;
        if (counts.Answered != last.Answered || (!waits && now - unansweredAt >= Forgotten))
        {
            silentSince = null;
        }

        if (waits)
        {
            silentSince ??= now;
            unansweredAt = now;
        }

        last = counts;
    }

    /// <summary>How long the oldest pending upsert has been pending, at least.</summary>
    internal TimeSpan OldestPending(TimeSpan now) => accepted.TryPeek(out var oldest) ? now - oldest.At : TimeSpan.Zero;

    /// <summary>For how long, at least, upserts have waited for the database without an answer to any.</summary>
    internal TimeSpan Silence(TimeSpan now) => silentSince is { } since ? now - since : TimeSpan.Zero;

    /// <summary>A store's counters, as far as they matter here.</summary>
    /// <param name="Accepted">Upserts accepted.</param>
    /// <param name="Answered">Upserts that ended by the database's answer, whatever it was.</param>
    /// <param name="Unanswered">Upserts that ended because an answer did not come.</param>
    /// <param name="Ended">All upserts that ended.</param>
    internal readonly record struct Counts(long Accepted, long Answered, long Unanswered, long Ended)
    {
        private static readonly string[] AnsweredNames =
            ["inserted", "updated", "invalid_descriptors", "invalid_references", "identity_conflict", "write_conflict", "not_authorized"];

        private static readonly string[] UnansweredNames = ["deadline", "in_doubt"];

        internal static Counts Of(LanewayStats stats) => new(
            stats.Accepted, AnsweredNames.Sum(name => stats.Outcomes[name]), UnansweredNames.Sum(name => stats.Outcomes[name]),
            stats.Accepted - stats.Pending);
    }
}
