namespace Laneway.Internal;

using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;

/// <summary>One awaited upsert, and its result until its caller takes that. The object is reused as soon as the result has
/// been taken; if it is never taken, nothing refers to the object once it has ended.</summary>
internal sealed class Operation(OperationTable table) : IValueTaskSource<UpsertOutcome>
{
    // Continuations run synchronously where the result is set: always in a work item of the thread pool, never on the
    // pump's thread.
    private GuardedValueTaskSourceCore core;
    private CancellationTokenRegistration registration;
    private CancellationToken cancellation;

    private UpsertTrace trace;

    // The current use's token until one caller has claimed the right to end it; 0 otherwise.
    private ulong open;

    // Keeps the public objects from being finalized while the upsert is pending.
    private LanewayClient? client;

    /// <summary>Identifies this use of the object to the native library. No two uses have the same, of whatever objects.
    /// </summary>
    internal ulong Token { get; set; }

    /// <summary>The store it belongs to, until it has ended.</summary>
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

    /// <summary>Begins a use, which <paramref name="token"/> withdraws.</summary>
    internal void Begin(StoreCore store, LanewayClient keptAlive, CancellationToken token)
    {
        client = keptAlive;
        Store = store;
        if (token.CanBeCanceled)
        {
            cancellation = token;
            registration = token.UnsafeRegister(static state => ((Operation)state!).Cancel(), this);
        }

        // Last: from here on it may end, and its end disposes of the registration.
        Volatile.Write(ref open, Token);
    }

    /// <summary>The token of the use whose end is unclaimed; 0: none.</summary>
    internal ulong Open => Volatile.Read(ref open);

    /// <summary>Claims the right to end the use with this token; <c>false</c>: another caller has it. A record, a
    /// cancellation, a close and the end of the runtime may race for it; each use ends exactly once.</summary>
    internal bool TryEnd(ulong token) => token != 0 && Interlocked.CompareExchange(ref open, 0, token) == token;

    /// <summary>Ends the operation; the caller has claimed its end. With neither an outcome nor a failure, it was
    /// withdrawn. Never throws.</summary>
    internal void Complete(UpsertOutcome? outcome, Exception? failure = null)
    {
        if (cancellation.CanBeCanceled)
        {
            // Waits for a cancellation callback that is running, so that it cannot hit the object's next use. The callback
            // holds a lock only briefly.
            registration.Dispose();
        }

        if (trace.IsOn)
        {
            trace.End(outcome?.Name ?? (failure is null ? "cancelled" : "failed"), failure is not null || outcome?.HttpStatus == 500);
        }

        failure ??= outcome is null ? new OperationCanceledException(cancellation) : null;
        // Both read before the end: after it the object may be reused at any moment.
        (short version, uint slot) = (core.Version, (uint)Token);
        Forget();
        core.End(outcome, failure).Run();
        if (core.TryDetach(version))
        {
            table.Vacate(slot);
        }
    }

    /// <summary>Ends the use with this token, unless its end is claimed already. On a thread of the pool: a caller that
    /// cancels a token or closes a store does not expect to run other callers' continuations.</summary>
    internal void EndElsewhere(ulong token, UpsertOutcome? outcome, Exception? failure = null)
    {
        if (TryEnd(token))
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static ended => ended.operation.Complete(ended.outcome, ended.failure), (operation: this, outcome, failure),
                preferLocal: false);
        }
    }

    /// <summary>Returns the operation to the table without a result; the caller has claimed its end and has not handed out
    /// its task.</summary>
    internal void Abandon()
    {
        registration.Dispose();
        Forget();
        Release(isDetached: false);
    }

    UpsertOutcome IValueTaskSource<UpsertOutcome>.GetResult(short token)
    {
        (UpsertOutcome? outcome, Exception? failure, bool wasDetached) = core.Take(token);
        Release(wasDetached);
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        return outcome!;
    }

    ValueTaskSourceStatus IValueTaskSource<UpsertOutcome>.GetStatus(short token) => core.GetStatus(token);

    void IValueTaskSource<UpsertOutcome>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        ArgumentNullException.ThrowIfNull(continuation);
        core.OnCompleted(new Continuation(continuation, state, flags), token);
    }

    private void Cancel() => Store?.Cancel(this);

    /// <summary>Drops what only a pending upsert needs: its result may be kept for long, or for ever.</summary>
    private void Forget()
    {
        if (cancellation.CanBeCanceled)
        {
            registration = default;
            cancellation = default;
        }

        Store = null;
        client = null;
        GivesUpAt = 0;
        if (trace.IsOn)
        {
            trace = default;
        }
    }

    private void Release(bool isDetached)
    {
        uint slot = (uint)Token;
        if (!core.Renew())
        {
            // Its versions are used up; another object takes its place.
            if (!isDetached)
            {
                table.Vacate(slot);
            }
        }
        else if (isDetached)
        {
            table.Adopt(this);
        }
        else
        {
            table.Return(slot);
        }
    }
}
