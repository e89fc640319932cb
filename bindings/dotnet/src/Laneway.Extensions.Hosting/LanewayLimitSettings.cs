namespace Laneway.Extensions.Hosting;

/// <summary>The bounds of a store, as <see cref="LanewayLimits"/> has them. What is <c>null</c> has the native library's
/// default.</summary>
public sealed class LanewayLimitSettings
{
    /// <summary>How many lanes upserts are spread over, 1 to 16.</summary>
    public int? Lanes { get; set; }

    /// <summary>The most upserts a batch carries.</summary>
    public int? BatchItemsMax { get; set; }

    /// <summary>How long an idle lane waits for company before it flushes.</summary>
    public TimeSpan? Linger { get; set; }

    /// <summary>The most transactions open at a time.</summary>
    public int? FlushesConcurrentMax { get; set; }

    /// <summary>The most upserts accepted and not ended.</summary>
    public int? StoreItemsMax { get; set; }

    /// <summary>The most bytes accepted and not ended: of documents, and of extractions that came with them.</summary>
    public long? StoreBytesMax { get; set; }

    /// <summary>The most upserts standing in one lane.</summary>
    public int? LaneItemsMax { get; set; }

    /// <summary>The largest document.</summary>
    public long? DocumentBytesMax { get; set; }

    /// <summary>An upsert whose queue is older than this is a transaction of its own.</summary>
    public TimeSpan? LatencyObjective { get; set; }

    /// <summary>The most upserts that wait for room; beyond, they end as <see cref="UpsertOutcome.QueueFull"/>.</summary>
    public int WaitersMax { get; set; } = 10_000;

    internal LanewayLimits ToLimits(bool batching) => new()
    {
        Batching = batching,
        Lanes = Lanes,
        BatchItemsMax = BatchItemsMax,
        Linger = Linger,
        FlushesConcurrentMax = FlushesConcurrentMax,
        StoreItemsMax = StoreItemsMax,
        StoreBytesMax = StoreBytesMax,
        LaneItemsMax = LaneItemsMax,
        DocumentBytesMax = DocumentBytesMax,
        LatencyObjective = LatencyObjective,
        WaitersMax = WaitersMax,
    };
}
