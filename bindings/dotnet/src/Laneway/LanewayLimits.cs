namespace Laneway;

using Laneway.Native;

/// <summary>The bounds of a client. What is <c>null</c> has the native library's default.</summary>
public sealed record LanewayLimits
{
    /// <summary>Whether upserts are batched; otherwise, and until it is switched on
    /// (<see cref="LanewayClient.Batching"/>), each is a transaction of its own, with the same outcomes.</summary>
    public bool Batching { get; init; }

    /// <summary>How many lanes upserts are spread over, 1 to 16.</summary>
    public int? Lanes { get; init; }

    /// <summary>The most upserts a batch carries.</summary>
    public int? BatchItemsMax { get; init; }

    /// <summary>How long an idle lane waits for company before it flushes.</summary>
    public TimeSpan? Linger { get; init; }

    /// <summary>The most transactions open at a time.</summary>
    public int? FlushesConcurrentMax { get; init; }

    /// <summary>The most upserts accepted and not ended.</summary>
    public int? StoreItemsMax { get; init; }

    /// <summary>The most bytes accepted and not ended: of documents, and of extractions that came with them.</summary>
    public long? StoreBytesMax { get; init; }

    /// <summary>The most upserts standing in one lane.</summary>
    public int? LaneItemsMax { get; init; }

    /// <summary>The largest document.</summary>
    public long? DocumentBytesMax { get; init; }

    /// <summary>An upsert whose queue is older than this is a transaction of its own.</summary>
    public TimeSpan? LatencyObjective { get; init; }

    /// <summary>The most upserts that wait for room; beyond, they end as <see cref="UpsertOutcome.QueueFull"/>.</summary>
    public int WaitersMax { get; init; } = 10_000;

    internal unsafe NativeLimits ToNative()
    {
        NativeError error = NativeCalls.NewError();
        var native = new NativeLimits { StructSize = (uint)sizeof(NativeLimits) };
        NativeCalls.Check(NativeMethods.LimitsDefault(&native, &error), in error);
        native.Batching = Batching ? 1u : 0;
        checked
        {
            native.Lanes = (uint?)Lanes ?? native.Lanes;
            native.BatchItemsMax = (uint?)BatchItemsMax ?? native.BatchItemsMax;
            native.LingerUs = Micros(Linger) ?? native.LingerUs;
            native.FlushesConcurrentMax = (uint?)FlushesConcurrentMax ?? native.FlushesConcurrentMax;
            native.StoreItemsMax = (ulong?)StoreItemsMax ?? native.StoreItemsMax;
            native.StoreBytesMax = (ulong?)StoreBytesMax ?? native.StoreBytesMax;
            native.LaneItemsMax = (ulong?)LaneItemsMax ?? native.LaneItemsMax;
            native.DocumentBytesMax = (ulong?)DocumentBytesMax ?? native.DocumentBytesMax;
            native.LatencyObjectiveUs = Micros(LatencyObjective) ?? native.LatencyObjectiveUs;
        }

        return native;
    }

    internal static ulong? Micros(TimeSpan? time) => time is { } span ? checked((ulong)(span.Ticks / 10)) : null;
}
