namespace Laneway.Internal;

using System.Threading.Tasks.Sources;

/// <summary>One awaited upsert. The object is reused for another as soon as its result has been fetched.</summary>
internal sealed class Operation(OperationTable table, uint index) : IValueTaskSource<UpsertOutcome>
{
    // Continuations run synchronously where the result is set: always in a work item of the thread pool, never on the
    // pump's thread.
    private ManualResetValueTaskSourceCore<UpsertOutcome> core;
    private CancellationTokenRegistration registration;
    private CancellationToken cancellation;

    private UpsertTrace trace;

    // The current generation until one caller has claimed the right to end it; 0 otherwise.
    private uint open;

    // Keeps the public objects from being finalized while the upsert is pending.
    private LanewayClient? client;

    /// <summary>Which use of this object a completion is meant for; for a stale completion the number differs.</summary>
    internal uint Generation { get; private set; } = 1;

    /// <summary>The token that identifies the operation to the native library.</summary>
    internal ulong Token => ((ulong)Generation << 32) | index;

    /// <summary>While this is free, the next free one's index + 1.</summary>
    internal uint NextFree { get; set; }

    /// <summary>The store it belongs to, while it is in use.</summary>
    internal StoreCore? Store { get; private set; }

    /// <summary>Its node in the list of those that wait for room, while it waits.</summary>
    internal LinkedListNode<Operation>? Waiting { get; set; }

    /// <summary>What to submit once there is room, while it waits.</summary>
    internal UpsertRequest Request { get; set; }

    /// <summary>When it stops waiting, by <see cref="Environment.TickCount64"/>; 0: never.</summary>
    internal long GivesUpAt { get; set; }

    /// <summary>The data of its activity.</summary>
    internal ref UpsertTrace Trace => ref trace;

    internal ValueTask<UpsertOutcome> Task => new(this, core.Version);

    /// <summary>Whether its time has run out while it waited for room.</summary>
    internal bool IsLate(long now) => GivesUpAt != 0 && GivesUpAt <= now;

    internal void Begin(StoreCore store, LanewayClient keptAlive)
    {
        client = keptAlive;
        Store = store;
        // Release: a thread that reads the generation also sees store and client.
        Volatile.Write(ref open, Generation);
    }

    /// <summary>The generation whose end is unclaimed; 0: none.</summary>
    internal uint Open => Volatile.Read(ref open);

    /// <summary>Claims the right to end this use of the operation; <c>false</c>: another caller has it. A record, a
    /// cancellation, a close and the end of the runtime may race for it; each operation ends exactly once.</summary>
    internal bool TryEnd(uint generation) =>
        generation != 0 && Interlocked.CompareExchange(ref open, 0, generation) == generation;

    /// <summary>Makes the token withdraw the operation.</summary>
    internal void Watch(CancellationToken token)
    {
        if (token.CanBeCanceled)
        {
            cancellation = token;
            registration = token.UnsafeRegister(static state => ((Operation)state!).Cancel(), this);
        }
    }

    /// <summary>Ends the operation; the caller has claimed its end. With neither an outcome nor a failure, it was
    /// withdrawn.</summary>
    internal void Complete(UpsertOutcome? outcome, Exception? failure = null)
    {
        // Waits for a cancellation callback that is running, so that it cannot hit the object's next use. The callback
        // holds a lock only briefly.
        registration.Dispose();
        if (trace.IsOn)
        {
            trace.End(outcome?.Name ?? (failure is null ? "cancelled" : "failed"), failure is not null || outcome?.HttpStatus == 500);
        }

        if (outcome is null)
        {
            core.SetException(failure ?? new OperationCanceledException(cancellation));
        }
        else
        {
            core.SetResult(outcome);
        }
    }

    /// <summary>Ends this use of the operation, unless its end is claimed already. On a thread of the pool: a caller that
    /// cancels a token or closes a store does not expect to run other callers' continuations.</summary>
    internal void EndElsewhere(uint generation, UpsertOutcome? outcome, Exception? failure = null)
    {
        if (TryEnd(generation))
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static ended => ended.operation.Complete(ended.outcome, ended.failure), (operation: this, outcome, failure),
                preferLocal: false);
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

    /// <summary>Returns the operation to the table without a result; the caller has claimed its end and has not handed out
    /// its task.</summary>
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

        // 0 is not a generation: it means that the end is claimed.
        Generation = Generation == uint.MaxValue ? 1 : Generation + 1;
        table.Return(this, index);
    }
}
