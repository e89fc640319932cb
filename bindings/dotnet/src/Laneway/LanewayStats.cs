namespace Laneway;

using Laneway.Native;

/// <summary>What a client has done since it was opened, and what it holds now.</summary>
public sealed record LanewayStats
{
    private static readonly string[] Names =
    [
        "inserted", "updated", "invalid_descriptors", "invalid_document", "unknown_resource", "too_large",
        "invalid_references", "identity_conflict", "write_conflict", "not_authorized", "failed", "plugin_failed",
        "in_doubt", "queue_full", "closed", "deadline", "cancelled",
    ];

    internal unsafe LanewayStats(in NativeStats native)
    {
        Accepted = (long)native.Accepted;
        Pending = (long)native.Pending;
        Transactions = (long)native.Transactions;
        RoundTrips = (long)native.RoundTrips;
        Retries = (long)native.Retries;
        LatencyP50 = TimeSpan.FromMicroseconds(native.LatencyP50Us);
        LatencyP99 = TimeSpan.FromMicroseconds(native.LatencyP99Us);
        var outcomes = new Dictionary<string, long>(Names.Length);
        for (int at = 0; at < Names.Length; at++)
        {
            outcomes[Names[at]] = (long)native.Outcomes[at];
        }

        Outcomes = outcomes;
    }

    /// <summary>Upserts accepted.</summary>
    public long Accepted { get; }

    /// <summary>Upserts accepted and not ended.</summary>
    public long Pending { get; }

    /// <summary>Upserts ended, by the names of their outcomes.</summary>
    public IReadOnlyDictionary<string, long> Outcomes { get; }

    /// <summary>Transactions begun.</summary>
    public long Transactions { get; }

    /// <summary>Times that a flush waited for the server.</summary>
    public long RoundTrips { get; }

    /// <summary>Transactions repeated after a failure.</summary>
    public long Retries { get; }

    /// <summary>What half of the times from acceptance to the end do not exceed.</summary>
    public TimeSpan LatencyP50 { get; }

    /// <summary>What 99 % of those times do not exceed.</summary>
    public TimeSpan LatencyP99 { get; }
}
