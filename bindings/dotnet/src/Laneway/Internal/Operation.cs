namespace Laneway.Internal;

using System.Threading.Tasks.Sources;

/// <summary>One awaited upsert, or checkpoint. Used again for another as soon as its result has been fetched.</summary>
internal sealed class Operation(OperationTable table, uint index) : IValueTaskSource<UpsertOutcome>
{
    // Continuations run where the result is set: in a work item of the thread pool, never on the pump.
    private ManualResetValueTaskSourceCore<UpsertOutcome> core;
    private CancellationTokenRegistration registration;
    private CancellationToken cancellation;

    private UpsertTrace trace;

    // The generation, from the beginning until somebody takes it upon them to end it; 0 otherwise.
    private uint open;

    // Keeps the public objects from being finalized while somebody waits.
    private LanewayClient? client;

    /// <summary>Which use of this object a completion is for; a stale one finds another number.</summary>
    internal uint Generation { get; private set; } = 1;

    /// <summary>What the native library knows the operation by.</summary>
    internal ulong Token => ((ulong)Generation << 32) | index;

    /// <summary>The next free one, while this is free: its index + 1.</summary>
    internal uint NextFree { get; set; }

    /// <summary>Whose it is, while it is in use.</summary>
    internal StoreCore? Store { get; private set; }

    /// <summary>Its place among those that wait for room, while it waits.</summary>
    internal LinkedListNode<Operation>? Waiting { get; set; }

    /// <summary>What is to be handed over once there is room, while it waits.</summary>
    internal UpsertRequest Request { get; set; }

    /// <summary>When the caller gives up, by <see cref="Environment.TickCount64"/>; 0: never.</summary>
    internal long GivesUpAt { get; set; }

    /// <summary>What becomes its activity.</summary>
    internal ref UpsertTrace Trace => ref trace;

    internal ValueTask<UpsertOutcome> Task => new(this, core.Version);

    internal void Begin(StoreCore store, LanewayClient keptAlive)
    {
        client = keptAlive;
        Store = store;
        Volatile.Write(ref open, Generation);
    }

    /// <summary>The generation that nobody has taken it upon them to end; 0: there is none.</summary>
    internal uint Open => Volatile.Read(ref open);

    /// <summary>Takes it upon the caller to end this use of the operation; <c>false</c>: somebody else did. Records, a
    /// cancel, a close and the end of the runtime may meet, and each operation ends once.</summary>
    internal bool TryEnd(uint generation) =>
        generation != 0 && Interlocked.CompareExchange(ref open, 0, generation) == generation;

    /// <summary>Makes the token take the operation back. Called once the native library knows it, or it waits.</summary>
    internal void Watch(CancellationToken token)
    {
        if (token.CanBeCanceled)
        {
            cancellation = token;
            registration = token.UnsafeRegister(static state => ((Operation)state!).Cancel(), this);
        }
    }

    /// <summary>Ends the operation, which the caller took upon itself. <c>null</c>: it was taken back.</summary>
    internal void Complete(UpsertOutcome? outcome)
    {
        // Waits for a cancel that is under way, so that it cannot hit the next use. It only takes a lock for moments.
        registration.Dispose();
        if (trace.IsOn)
        {
            trace.End(outcome?.Name ?? "cancelled", outcome?.HttpStatus == 500);
        }

        if (outcome is null)
        {
            core.SetException(new OperationCanceledException(cancellation));
        }
        else
        {
            core.SetResult(outcome);
        }
    }

    /// <summary>Ends this use of the operation, if nobody else has. Not here: whoever cancels a token, or closes a store,
    /// does not expect to run what waits for an upsert.</summary>
    internal void EndElsewhere(uint generation, UpsertOutcome? outcome)
    {
        if (TryEnd(generation))
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static ended => ended.operation.Complete(ended.outcome), (operation: this, outcome), preferLocal: false);
        }
    }

    UpsertOutcome IValueTaskSource<UpsertOutcome>.GetResult(short token)
    {
        try
        {
            return core.GetResult(token);
        }
        finally
        {
            Free();
        }
    }

    ValueTaskSourceStatus IValueTaskSource<UpsertOutcome>.GetStatus(short token) => core.GetStatus(token);

    void IValueTaskSource<UpsertOutcome>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        core.OnCompleted(continuation, state, token, flags);

    private void Cancel() => Store?.Cancel(this);

    /// <summary>Gives the operation back without a result, as whoever took its end upon them may: its task was not
    /// handed out.</summary>
    internal void Abandon()
    {
        registration.Dispose();
        Free();
    }

    private void Free()
    {
        Volatile.Write(ref open, 0);
        core.Reset();
        registration = default;
        cancellation = default;
        Store = null;
        client = null;
        GivesUpAt = 0;
        if (trace.IsOn)
        {
            trace = default;
        }

        // 0 is no generation: a token of 0 names nothing.
        Generation = Generation == uint.MaxValue ? 1 : Generation + 1;
        table.Return(this, index);
    }
}
