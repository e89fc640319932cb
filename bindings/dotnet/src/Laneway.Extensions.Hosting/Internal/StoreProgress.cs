namespace Laneway.Extensions.Hosting.Internal;

/// <summary>What a store's counters, read again and again, say of its database: since when it has answered no upsert. Knows no
/// clock: each reading comes with its time.</summary>
internal sealed class StoreProgress
{
    /// <summary>How long a silence is remembered once nothing waits for the database any more: a store that gets no upserts
    /// because it is not healthy must become healthy again.</summary>
    internal static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(1);

    private Counts last;
    private TimeSpan unansweredAt;
    private TimeSpan? silentSince;

    /// <summary>Takes a reading.</summary>
    internal void Note(TimeSpan now, in Counts counts)
    {
        if (counts.Accepted < last.Accepted)
        {
            // The store was closed and opened again.
            (last, silentSince) = (default, null);
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
