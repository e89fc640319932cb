namespace Laneway;

using Laneway.Internal;
using Laneway.Native;

/// <summary>Upserts documents into one store. Each call has its own outcome, however the documents are batched. Safe for
/// concurrent use.</summary>
public sealed class LanewayClient : IAsyncDisposable
{
    // The size of its column.
    private const int TraceIdCharactersMax = 128;

    private static readonly TimeSpan DrainTimeoutDefault = TimeSpan.FromSeconds(30);

    // Keeps the runtime from being finalized while a client is in use.
    private readonly LanewayRuntime runtime;
    private readonly StoreCore store;
    private readonly int? connectionsMax;
    private long itemsMax;

    internal LanewayClient(LanewayRuntime runtime, ulong handle, LanewayLimits limits, int? connectionsMax = null)
    {
        this.runtime = runtime;
        this.connectionsMax = connectionsMax;
        store = new StoreCore(runtime.Core, handle, limits.WaitersMax);
        itemsMax = (long)limits.ToNative().StoreItemsMax;
    }

    /// <summary>The runtime that the client was opened in.</summary>
    public LanewayRuntime Runtime => runtime;

    /// <summary>Whether upserts are batched; otherwise each runs in its own transaction, with the same outcome. May be
    /// changed while upserts run.</summary>
    /// <exception cref="ObjectDisposedException">The client is closed.</exception>
    public unsafe bool Batching
    {
        get => ReadLimits().Batching != 0;
        set
        {
            NativeError error = NativeCalls.NewError();
            NativeCalls.Check(NativeMethods.StoreSetBatching(store.Handle, value ? 1u : 0, &error), in error);
        }
    }

    /// <summary>An upsert whose queue is older than this runs in its own transaction, with the same outcome;
    /// <c>null</c>: never. Rounded down to microseconds. May be changed while upserts run.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than a microsecond, or more than a day.</exception>
    /// <exception cref="ObjectDisposedException">The client is closed.</exception>
    public unsafe TimeSpan? LatencyObjective
    {
        get => ReadLimits().LatencyObjectiveUs is not 0 and var micros ? TimeSpan.FromMicroseconds(micros) : null;
        set
        {
            if (value is { Ticks: < 10 or > TimeSpan.TicksPerDay })
            {
                throw new ArgumentOutOfRangeException(
                    nameof(value), value, "LatencyObjective is at least a microsecond and at most a day, or null: never.");
            }

            ulong micros = LanewayLimits.Micros(value) ?? 0;
            NativeError error = NativeCalls.NewError();
            NativeCalls.Check(NativeMethods.StoreSetLatencyObjective(store.Handle, micros, &error), in error);
        }
    }

    /// <summary>Upserts a document. If the store is full, the upsert waits for room in turn, unless
    /// <see cref="UpsertRequest.RejectWhenFull"/> is set or too many wait already
    /// (<see cref="LanewayLimits.WaitersMax"/>).</summary>
    /// <param name="request">The upsert.</param>
    /// <param name="cancellationToken">Withdraws the upsert, as long as it is not being written. Later, it has no effect:
    /// the upsert ends with its outcome.</param>
    /// <returns>The outcome. Await it exactly once.</returns>
    /// <exception cref="OperationCanceledException">The upsert was withdrawn; nothing was written.</exception>
    /// <exception cref="ArgumentException">The request is invalid, for instance its extraction; the message says what is
    /// wrong.</exception>
    /// <exception cref="LanewayException">The native library could not take the upsert; nothing was written.</exception>
    public ValueTask<UpsertOutcome> UpsertAsync(
        in UpsertRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request.Project);
        ArgumentNullException.ThrowIfNull(request.Endpoint);
        Check(in request);
        return store.Upsert(this, in request, cancellationToken);
    }

    /// <summary>Completes when every upsert accepted before the call has ended, whatever is accepted later.</summary>
    /// <param name="cancellationToken">Ends the waiting, and nothing else.</param>
    /// <exception cref="OperationCanceledException">The waiting was cancelled.</exception>
    public Task CheckpointAsync(CancellationToken cancellationToken = default) =>
        store.Checkpoint().WaitAsync(cancellationToken);

    /// <summary>Replaces the limits while upserts run.</summary>
    /// <param name="limits">The new limits; a property that is <c>null</c> gets the native library's default.</param>
    /// <exception cref="ArgumentException">A limit is out of range, or more flushes would be allowed at a time than
    /// <see cref="LanewayStoreOptions.ConnectionsMax"/>; the message names it.</exception>
    /// <exception cref="ObjectDisposedException">The client is closed.</exception>
    public unsafe void SetLimits(LanewayLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        NativeLimits native = limits.ToNative(connectionsMax);
        NativeError error = NativeCalls.NewError();
        NativeCalls.Check(NativeMethods.StoreSetLimits(store.Handle, &native, &error), in error);
        store.WaitersMax = limits.WaitersMax;
        Volatile.Write(ref itemsMax, (long)native.StoreItemsMax);
    }

    /// <summary>What the database's tables are, in words for a log, as <c>document store of DMS 0.7</c>.</summary>
    /// <exception cref="ObjectDisposedException">The client is closed.</exception>
    public unsafe string GetLayout() => FilledText.Read(
        256, (buffer, size, needed, error) => NativeMethods.StoreGetLayout(store.Handle, buffer, size, needed, error));

    /// <summary>The client's counters.</summary>
    /// <exception cref="ObjectDisposedException">The client is closed.</exception>
    public LanewayStats GetStats() => LanewayStats.Read(store.Handle, Volatile.Read(ref itemsMax));

    /// <summary>Makes an echo hold upserts, or releases those that it holds.</summary>
    /// <param name="held">Whether upserts are held.</param>
    /// <exception cref="LanewayException">This client is not an echo.</exception>
    public void HoldEcho(bool held) => HoldEcho(store.Handle, held);

    /// <summary>Closes the client, as <see cref="CloseAsync"/> does, with a drain timeout of 30 seconds.</summary>
    public ValueTask DisposeAsync() => CloseAsync(DrainTimeoutDefault);

    /// <summary>Closes the client. When the task completes, every upsert has ended. May be called again with another
    /// timeout.</summary>
    /// <param name="drainTimeout">How long accepted upserts may take to end; those left then end as
    /// <see cref="UpsertOutcome.Closed"/>.</param>
    public ValueTask CloseAsync(TimeSpan drainTimeout)
    {
        store.Close(drainTimeout);
        // The task itself: one that waited for it would need a thread of the pool, all of which may block on closes.
        return new ValueTask(store.Closed);
    }

    /// <summary>Refuses a field that is out of range, by its name.</summary>
    private static void Check(in UpsertRequest request)
    {
        if (request.Timeout > Bounds.TimeMax)
        {
            throw new ArgumentException("Timeout is longer than 24 days: leave it unset for an upsert without a time limit.");
        }

        // Its length is that in UTF-16, which is never less than the number of characters.
        if (request.TraceId is { Length: > TraceIdCharactersMax } traceId
            && traceId.EnumerateRunes().Count() is > TraceIdCharactersMax and var characters)
        {
            throw new ArgumentException($"TraceId has {characters} characters: use at most {TraceIdCharactersMax}.");
        }
    }

    private unsafe NativeLimits ReadLimits()
    {
        var limits = new NativeLimits { StructSize = (uint)sizeof(NativeLimits) };
        NativeError error = NativeCalls.NewError();
        NativeCalls.Check(NativeMethods.StoreGetLimits(store.Handle, &limits, &error), in error);
        return limits;
    }

    internal StoreCore Store => store;

    internal static unsafe void HoldEcho(ulong store, bool held)
    {
        NativeError error = NativeCalls.NewError();
        NativeCalls.Check(NativeMethods.StoreHoldEcho(store, held ? 1u : 0, &error), in error);
    }
}
