namespace Laneway;

using System.Buffers;
using Laneway.Internal;
using Laneway.Native;

/// <summary>Writes documents to one store, each by itself as far as its caller can tell.</summary>
public sealed class LanewayClient : IAsyncDisposable
{
    private static readonly TimeSpan DrainTimeoutDefault = TimeSpan.FromSeconds(30);

    // Held so that the runtime is not finalized while a client is in use.
    private readonly LanewayRuntime runtime;
    private readonly StoreCore store;
    private long itemsMax;

    internal LanewayClient(LanewayRuntime runtime, ulong handle, LanewayLimits limits)
    {
        this.runtime = runtime;
        store = new StoreCore(runtime.Core, handle, limits.WaitersMax);
        itemsMax = (long)limits.ToNative().StoreItemsMax;
    }

    /// <summary>The runtime that the client was opened in.</summary>
    public LanewayRuntime Runtime => runtime;

    /// <summary>Whether upserts are batched; otherwise each is a transaction of its own, with the same outcomes. May be
    /// changed while upserts run.</summary>
    public unsafe bool Batching
    {
        get => ReadLimits().Batching != 0;
        set
        {
            NativeError error = NativeCalls.NewError();
            NativeCalls.Check(NativeMethods.StoreSetBatching(store.Handle, value ? 1u : 0, &error), in error);
        }
    }

    /// <summary>An upsert whose queue is older than this is a transaction of its own, with the same outcome;
    /// <c>null</c>: never. May be changed while upserts run.</summary>
    public unsafe TimeSpan? LatencyObjective
    {
        get => ReadLimits().LatencyObjectiveUs is not 0 and var micros ? TimeSpan.FromMicroseconds(micros) : null;
        set
        {
            if (value is { Ticks: < 10 })
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "an objective is a microsecond at least");
            }

            ulong micros = LanewayLimits.Micros(value) ?? 0;
            NativeError error = NativeCalls.NewError();
            NativeCalls.Check(NativeMethods.StoreSetLatencyObjective(store.Handle, micros, &error), in error);
        }
    }

    /// <summary>Upserts a document. Where there is no room it waits for some, in turn with others.</summary>
    /// <param name="request">The upsert.</param>
    /// <param name="cancellationToken">Takes the upsert back while it is not being written. After that the task ends
    /// with the outcome, as without it.</param>
    /// <returns>How it ended. To be awaited once.</returns>
    /// <exception cref="OperationCanceledException">It was taken back, and nothing was written.</exception>
    /// <exception cref="ArgumentException">The request's extraction is not one; the message says what is wrong.</exception>
    public ValueTask<UpsertOutcome> UpsertAsync(
        in UpsertRequest request, CancellationToken cancellationToken = default)
    {
        Check(in request);
        return store.Upsert(this, in request, request.Document.Span, waits: true, cancellationToken);
    }

    /// <summary>As the other, for a document that is not in one piece.</summary>
    /// <param name="request">The upsert; its own document is not looked at.</param>
    /// <param name="document">The document.</param>
    /// <param name="cancellationToken">Takes the upsert back while it is not being written.</param>
    /// <returns>How it ended. To be awaited once.</returns>
    public ValueTask<UpsertOutcome> UpsertAsync(
        in UpsertRequest request, in ReadOnlySequence<byte> document, CancellationToken cancellationToken = default) =>
        UpsertAsync(
            request with { Document = document.IsSingleSegment ? document.First : document.ToArray() },
            cancellationToken);

    /// <summary>Upserts a document that need not outlive the call. Where there is no room it ends at once, as
    /// <see cref="UpsertOutcome.QueueFull"/>.</summary>
    /// <param name="request">The upsert; its own document is not looked at.</param>
    /// <param name="document">The document.</param>
    /// <param name="cancellationToken">Takes the upsert back while it is not being written.</param>
    /// <returns>How it ended. To be awaited once.</returns>
    public ValueTask<UpsertOutcome> TryUpsertAsync(
        in UpsertRequest request, ReadOnlySpan<byte> document, CancellationToken cancellationToken = default)
    {
        Check(in request);
        return store.Upsert(this, in request, document, waits: false, cancellationToken);
    }

    /// <summary>Returns when everything accepted before the call has ended, whatever comes later.</summary>
    public Task CheckpointAsync() => store.Checkpoint();

    /// <summary>Changes the bounds while upserts run.</summary>
    /// <param name="limits">The new bounds.</param>
    public unsafe void SetLimits(LanewayLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        NativeLimits native = limits.ToNative();
        NativeError error = NativeCalls.NewError();
        NativeCalls.Check(NativeMethods.StoreSetLimits(store.Handle, &native, &error), in error);
        store.WaitersMax = limits.WaitersMax;
        Volatile.Write(ref itemsMax, (long)native.StoreItemsMax);
    }

    /// <summary>What the client has counted.</summary>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public LanewayStats GetStats() => LanewayStats.Read(store.Handle, Volatile.Read(ref itemsMax));

    /// <summary>Makes a loopback hold upserts, or let go of those that it holds.</summary>
    /// <param name="held">Whether it holds.</param>
    /// <exception cref="LanewayException">This is no loopback.</exception>
    public void HoldEcho(bool held) => HoldEcho(store.Handle, held);

    /// <summary>Closes the client: what was accepted may go on for half a minute.</summary>
    public ValueTask DisposeAsync() => CloseAsync(DrainTimeoutDefault);

    /// <summary>Closes the client. Every upsert has ended when it returns. May be called again, with another timeout.
    /// </summary>
    /// <param name="drainTimeout">How long what was accepted may go on; what is left then ends as
    /// <see cref="UpsertOutcome.Closed"/>.</param>
    public async ValueTask CloseAsync(TimeSpan drainTimeout)
    {
        store.Close(drainTimeout);
        await store.Closed.ConfigureAwait(false);
    }

    private unsafe NativeLimits ReadLimits()
    {
        var limits = new NativeLimits { StructSize = (uint)sizeof(NativeLimits) };
        NativeError error = NativeCalls.NewError();
        NativeCalls.Check(NativeMethods.StoreGetLimits(store.Handle, &limits, &error), in error);
        return limits;
    }

    internal ulong NativeHandle => store.Handle;

    internal static unsafe void HoldEcho(ulong store, bool held)
    {
        NativeError error = NativeCalls.NewError();
        NativeCalls.Check(NativeMethods.StoreHoldEcho(store, held ? 1u : 0, &error), in error);
    }

    private static void Check(in UpsertRequest request)
    {
        ArgumentNullException.ThrowIfNull(request.Project);
        ArgumentNullException.ThrowIfNull(request.Endpoint);
    }
}
