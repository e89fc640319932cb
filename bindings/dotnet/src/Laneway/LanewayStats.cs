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

    private static readonly string[] Reasons =
        ["idle", "items", "bytes", "linger", "cycle", "checkpoint", "drain", "single"];

    /// <summary>Reads one consistent snapshot: the arrays live on the stack for the call alone. A library that counts
    /// more outcomes than there are names writes those that there are.</summary>
    internal static unsafe LanewayStats Read(ulong store, long itemsMax)
    {
        ulong* outcomes = stackalloc ulong[Names.Length];
        ulong* reasons = stackalloc ulong[Reasons.Length];
        var native = new NativeStats
        {
            StructSize = (uint)sizeof(NativeStats),
            Outcomes = outcomes,
            OutcomesCapacity = (nuint)Names.Length,
            FlushReasons = reasons,
            FlushReasonsCapacity = (nuint)Reasons.Length,
        };
        NativeError error = NativeCalls.NewError();
        NativeCalls.Check(NativeMethods.StoreGetStats(store, &native, &error), in error);
        return new LanewayStats(in native, itemsMax);
    }

    private unsafe LanewayStats(in NativeStats native, long itemsMax)
    {
        ItemsMax = itemsMax;
        Accepted = (long)native.Accepted;
        Pending = (long)native.Pending;
        Transactions = (long)native.Transactions;
        RoundTrips = (long)native.RoundTrips;
        Retries = (long)native.Retries;
        LatencyP50 = TimeSpan.FromMicroseconds(native.LatencyP50Us);
        LatencyP95 = TimeSpan.FromMicroseconds(native.LatencyP95Us);
        LatencyP99 = TimeSpan.FromMicroseconds(native.LatencyP99Us);
        BatchedOperations = (long)native.BatchOperations;
        Singles = (long)native.Singles;
        FlushesLost = (long)native.FlushesLost;
        var outcomes = new Dictionary<string, long>(Names.Length);
        for (int at = 0; at < Names.Length; at++)
        {
            outcomes[Names[at]] = (long)native.Outcomes[at];
        }

        Outcomes = outcomes;
        var reasons = new Dictionary<string, long>(Reasons.Length);
        for (int at = 0; at < Reasons.Length; at++)
        {
            reasons[Reasons[at]] = (long)native.FlushReasons[at];
        }

        FlushReasons = reasons;
    }

    /// <summary>Upserts accepted.</summary>
    public long Accepted { get; }

    /// <summary>Upserts accepted and not ended.</summary>
    public long Pending { get; }

    /// <summary>The most upserts accepted and not ended.</summary>
    public long ItemsMax { get; }

    /// <summary>Upserts ended, by the names of their outcomes.</summary>
    public IReadOnlyDictionary<string, long> Outcomes { get; }

    /// <summary>Flushes started, by the names of their reasons.</summary>
    public IReadOnlyDictionary<string, long> FlushReasons { get; }

    /// <summary>Upserts that flushes carried; those that went twice count twice.</summary>
    public long BatchedOperations { get; }

    /// <summary>Upserts that were a transaction of their own.</summary>
    public long Singles { get; }

    /// <summary>Flushes whose connection was lost.</summary>
    public long FlushesLost { get; }

    /// <summary>Transactions begun.</summary>
    public long Transactions { get; }

    /// <summary>Times that a flush waited for the server.</summary>
    public long RoundTrips { get; }

    /// <summary>Transactions repeated after a failure.</summary>
    public long Retries { get; }

    /// <summary>What half of the times from acceptance to the end do not exceed.</summary>
    public TimeSpan LatencyP50 { get; }

    /// <summary>What 95 % of those times do not exceed.</summary>
    public TimeSpan LatencyP95 { get; }

    /// <summary>What 99 % of those times do not exceed.</summary>
    public TimeSpan LatencyP99 { get; }
}
