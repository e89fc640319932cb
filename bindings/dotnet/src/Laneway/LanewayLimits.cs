namespace Laneway;

using System.Globalization;
using Laneway.Internal;
using Laneway.Native;

/// <summary>The limits of a store. A property that is <c>null</c> has the native library's default. Where the limits are
/// used, values out of range are refused with an <see cref="ArgumentException"/> that names each of them and its range.
/// </summary>
public sealed record LanewayLimits
{
    // A tebibyte is more than any machine hands over.
    private const long BytesMax = 1L << 40;

    private static readonly TimeSpan TimeoutMin = TimeSpan.FromMilliseconds(1);

    /// <summary>Whether upserts are batched. Until batching is switched on, here or by
    /// <see cref="LanewayClient.Batching"/>, each runs in its own transaction, with the same outcome.</summary>
    public bool Batching { get; set; }

    /// <summary>The number of lanes that upserts are distributed over, 1 to 16. Fewer lanes make larger batches.
    /// 0 (the default): as many as make the database write the most, which is found out while it runs.</summary>
    public int? Lanes { get; set; }

    /// <summary>The most upserts in a batch. A cycle of references may exceed it, and upserts of one identity that are
    /// written as one count as one.</summary>
    public int? BatchItemsMax { get; set; }

    /// <summary>The most bytes of documents in a batch. A larger document is written alone.</summary>
    public long? BatchBytesMax { get; set; }

    /// <summary>How long an idle lane waits for more upserts before it flushes, up to a minute.</summary>
    public TimeSpan? Linger { get; set; }

    /// <summary>The most batches that are written at a time.</summary>
    public int? FlushesConcurrentMax { get; set; }

    /// <summary>The most transactions of single upserts at a time.</summary>
    public int? SingleConcurrentMax { get; set; }

    /// <summary>The most pending upserts (accepted and not ended); beyond, the store is full.</summary>
    public int? StoreItemsMax { get; set; }

    /// <summary>The most bytes of pending upserts, with all that they contain; beyond, the store is full.</summary>
    public long? StoreBytesMax { get; set; }

    /// <summary>The most upserts in one lane.</summary>
    public int? LaneItemsMax { get; set; }

    /// <summary>The most upserts that wait for an earlier one with the same identity.</summary>
    public int? IdentityLineMax { get; set; }

    /// <summary>The size of the largest document, in bytes.</summary>
    public long? DocumentBytesMax { get; set; }

    /// <summary>The number of threads that extract documents, up to 256; 0: one per core. Fixed when the store is opened.
    /// </summary>
    public int? ExtractThreads { get; set; }

    /// <summary>How often a batch is retried after a serialization failure, deadlock or timeout before it is halved, up to
    /// 1,000.</summary>
    public int? RetriesMax { get; set; }

    /// <summary>The most advisory locks that one batch may take: PostgreSQL's lock table is limited
    /// (<c>max_locks_per_transaction</c>).</summary>
    public int? LocksPerFlushMax { get; set; }

    /// <summary>An upsert whose queue is older than this runs in its own transaction, up to a day; zero: never.</summary>
    public TimeSpan? LatencyObjective { get; set; }

    /// <summary>How long a transaction waits for a lock that another session holds before the upserts that need it are set
    /// aside and the others written, from one millisecond; up to two seconds where transactions take long. Fixed when the
    /// store is opened.</summary>
    public TimeSpan? LockTimeout { get; set; }

    /// <summary>How long a single statement may run, from one millisecond. Fixed when the store is opened.</summary>
    public TimeSpan? StatementTimeout { get; set; }

    /// <summary>How long a transaction may be idle before the server ends it, from one millisecond: a process that has
    /// vanished does not hold locks for longer. Fixed when the store is opened.</summary>
    public TimeSpan? IdleInTransactionTimeout { get; set; }

    /// <summary>How long the server may take to answer a phase of a flush before its connection is given up, from one
    /// millisecond; <see cref="StatementTimeout"/> where that is longer. Fixed when the store is opened.</summary>
    public TimeSpan? AnswerTimeout { get; set; }

    /// <summary>How long upserts without a timeout wait for a database that cannot be used (restart, failover, refused
    /// login) before they fail, from one millisecond. Where it is shorter than <see cref="IdleInTransactionTimeout"/>, it
    /// counts for that too.</summary>
    public TimeSpan? OutageMax { get; set; }

    /// <summary>How long an upsert looks again for references that are not stored before it ends as
    /// <see cref="UpsertOutcome.InvalidReferences"/> or <see cref="UpsertOutcome.InvalidDescriptors"/>, up to 250 ms: another
    /// server may be about to commit what they name. Zero (the default): it ends at once.</summary>
    public TimeSpan? ReferenceRecheck { get; set; }

    /// <summary>The most upserts that wait for room; beyond, they end as <see cref="UpsertOutcome.QueueFull"/>.</summary>
    public int WaitersMax { get; set; } = 10_000;

    /// <summary>What is wrong with the limits: a sentence for each value out of range, with its name and its range; empty:
    /// nothing.</summary>
    public IReadOnlyList<string> Validate() => Checked().Wrong;

    /// <summary>What is wrong with the limits, or with so many connections for a store that has them.</summary>
    /// <param name="connectionsMax">As <see cref="LanewayStoreOptions.ConnectionsMax"/>.</param>
    public IReadOnlyList<string> Validate(int? connectionsMax) =>
        Validate() is { Count: > 0 } wrong ? wrong
        : Shortage(connectionsMax) is { } shortage ? [shortage]
        : [];

    /// <summary>The values, checked.</summary>
    internal Bounds Checked() => new Bounds()
        .Number(nameof(Lanes), Lanes, 0, 16)
        .Number(nameof(BatchItemsMax), BatchItemsMax, 1, int.MaxValue)
        .Number(nameof(BatchBytesMax), BatchBytesMax, 1, BytesMax)
        .Time(nameof(Linger), Linger, TimeSpan.Zero, TimeSpan.FromMinutes(1))
        .Number(nameof(FlushesConcurrentMax), FlushesConcurrentMax, 1, int.MaxValue)
        .Number(nameof(SingleConcurrentMax), SingleConcurrentMax, 1, int.MaxValue)
        .Number(nameof(StoreItemsMax), StoreItemsMax, 1, int.MaxValue)
        .Number(nameof(StoreBytesMax), StoreBytesMax, 1, BytesMax)
        .Number(nameof(LaneItemsMax), LaneItemsMax, 1, int.MaxValue)
        .Number(nameof(IdentityLineMax), IdentityLineMax, 1, int.MaxValue)
        .Number(nameof(DocumentBytesMax), DocumentBytesMax, 1, BytesMax)
        .Number(nameof(ExtractThreads), ExtractThreads, 0, 256)
        .Number(nameof(RetriesMax), RetriesMax, 0, 1000)
        .Number(nameof(LocksPerFlushMax), LocksPerFlushMax, 1, int.MaxValue)
        .Time(nameof(LatencyObjective), LatencyObjective, TimeSpan.Zero, TimeSpan.FromDays(1))
        .Time(nameof(LockTimeout), LockTimeout, TimeoutMin, Bounds.TimeMax)
        .Time(nameof(StatementTimeout), StatementTimeout, TimeoutMin, Bounds.TimeMax)
        .Time(nameof(IdleInTransactionTimeout), IdleInTransactionTimeout, TimeoutMin, Bounds.TimeMax)
        .Time(nameof(AnswerTimeout), AnswerTimeout, TimeoutMin, Bounds.TimeMax)
        .Time(nameof(OutageMax), OutageMax, TimeoutMin, Bounds.TimeMax)
        .Time(nameof(ReferenceRecheck), ReferenceRecheck, TimeSpan.Zero, TimeSpan.FromMilliseconds(250))
        .Number(nameof(WaitersMax), WaitersMax, 0, int.MaxValue);

    /// <summary>What is wrong with so many connections: a sentence; <c>null</c>: nothing. The limits themselves are within their
    /// ranges.</summary>
    internal string? Shortage(int? connectionsMax)
    {
        NativeLimits native = ToNativeUnchecked();
        // As the library counts: those of batches, those of single upserts, and one with what another session's lock keeps from
        // being written.
        long flushesMax = (long)native.FlushesConcurrentMax + native.SingleConcurrentMax + 1;
        return connectionsMax >= flushesMax || connectionsMax is null ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"ConnectionsMax is {connectionsMax}: use {flushesMax} or more (FlushesConcurrentMax + SingleConcurrentMax + 1), or leave it unset.");
    }

    /// <summary>The limits in the library's form, for a store that may have so many connections.</summary>
    internal NativeLimits ToNative(int? connectionsMax)
    {
        NativeLimits native = ToNative();
        return Shortage(connectionsMax) is { } shortage ? throw new ArgumentException(shortage) : native;
    }

    internal NativeLimits ToNative()
    {
        Checked().Check();
        return ToNativeUnchecked();
    }

    /// <summary>The limits in the library's form, which checks them itself.</summary>
    internal unsafe NativeLimits ToNativeUnchecked()
    {
        NativeError error = NativeCalls.NewError();
        var native = new NativeLimits { StructSize = (uint)sizeof(NativeLimits) };
        NativeCalls.Check(NativeMethods.LimitsDefault(&native, &error), in error);
        native.Batching = Batching ? 1u : 0;
        checked
        {
            native.Lanes = (uint?)Lanes ?? native.Lanes;
            native.BatchItemsMax = (uint?)BatchItemsMax ?? native.BatchItemsMax;
            native.BatchBytesMax = (ulong?)BatchBytesMax ?? native.BatchBytesMax;
            native.LingerUs = Micros(Linger) ?? native.LingerUs;
            native.FlushesConcurrentMax = (uint?)FlushesConcurrentMax ?? native.FlushesConcurrentMax;
            native.SingleConcurrentMax = (uint?)SingleConcurrentMax ?? native.SingleConcurrentMax;
            native.StoreItemsMax = (ulong?)StoreItemsMax ?? native.StoreItemsMax;
            native.StoreBytesMax = (ulong?)StoreBytesMax ?? native.StoreBytesMax;
            native.LaneItemsMax = (ulong?)LaneItemsMax ?? native.LaneItemsMax;
            native.IdentityLineMax = (ulong?)IdentityLineMax ?? native.IdentityLineMax;
            native.DocumentBytesMax = (ulong?)DocumentBytesMax ?? native.DocumentBytesMax;
            native.ExtractThreads = (uint?)ExtractThreads ?? native.ExtractThreads;
            native.RetriesMax = (uint?)RetriesMax ?? native.RetriesMax;
            native.LocksPerFlushMax = (uint?)LocksPerFlushMax ?? native.LocksPerFlushMax;
            native.LatencyObjectiveUs = Micros(LatencyObjective) ?? native.LatencyObjectiveUs;
            native.LockTimeoutMs = Millis(LockTimeout) ?? native.LockTimeoutMs;
            native.StatementTimeoutMs = Millis(StatementTimeout) ?? native.StatementTimeoutMs;
            native.IdleInTransactionTimeoutMs = Millis(IdleInTransactionTimeout) ?? native.IdleInTransactionTimeoutMs;
            native.AnswerTimeoutMs = Millis(AnswerTimeout) ?? native.AnswerTimeoutMs;
            native.OutageMsMax = Millis(OutageMax) ?? native.OutageMsMax;
            native.ReferenceRecheckMs = Millis(ReferenceRecheck) ?? native.ReferenceRecheckMs;
        }

        return native;
    }

    internal static ulong? Micros(TimeSpan? time) => time is { } span ? checked((ulong)(span.Ticks / 10)) : null;

    private static uint? Millis(TimeSpan? time) => time is { } span ? checked((uint)span.TotalMilliseconds) : null;
}
