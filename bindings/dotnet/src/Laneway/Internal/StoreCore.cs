namespace Laneway.Internal;

using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Laneway.Native;

/// <summary>One native store: submits operations, keeps those that wait for room in order, and closes.</summary>
internal sealed unsafe class StoreCore
{
    private readonly RuntimeCore runtime;

    // Guards the list and what of an operation depends on it (Waiting, Request). Held while a waiting operation is
    // submitted, so that none passes another; the native call does not block.
    private readonly object waitingLock = new();
    private readonly LinkedList<Operation> waiting = new();
    private readonly ConcurrentDictionary<ulong, TaskCompletionSource> checkpoints = new();
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The list's length, written under the lock and read without it. A stale 0 lets a new operation pass one that has
    // just begun to wait; a stale 1 makes it wait where it need not, until the lock is taken. Both are accepted.
    private volatile int waitingCount;
    private volatile bool closing;
    private ulong lastCheckpoint;

    // The library's last estimate, for operations rejected without asking it because others already wait.
    private long retryAfterMs;

    internal StoreCore(RuntimeCore runtime, ulong handle, int waitersMax)
    {
        this.runtime = runtime;
        Handle = handle;
        WaitersMax = waitersMax;
        runtime.Add(this);
    }

    internal ulong Handle { get; }

    internal int WaitersMax { get; set; }

    /// <summary>Completes when the native store is closed and destroyed.</summary>
    internal Task Closed => closed.Task;

    internal static uint Milliseconds(TimeSpan timeout) =>
        timeout == Timeout.InfiniteTimeSpan || timeout.TotalMilliseconds >= uint.MaxValue ? uint.MaxValue
        : timeout <= TimeSpan.Zero ? 0
        : (uint)Math.Ceiling(timeout.TotalMilliseconds);

    /// <summary>Submits an upsert. If the store is full, it waits for room, if it may.</summary>
    internal ValueTask<UpsertOutcome> Upsert(
        LanewayClient client, in UpsertRequest request, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<UpsertOutcome>(cancellation);
        }

        if (request.Timeout <= TimeSpan.Zero)
        {
            return new(LateAlready(in request));
        }

        Operation operation = runtime.Operations.Rent();
        ValueTask<UpsertOutcome> task = operation.Task;
        ulong token = operation.Token;
        if (UpsertTrace.IsListenedTo)
        {
            operation.Trace = UpsertTrace.Begin(in request);
        }

        // Before the submit: after it the operation may end at any moment.
        operation.Begin(this, client, cancellation);
        NativeError error = NativeCalls.NewError();
        NativeResult code = NativeResult.QueueFull;
        try
        {
            // An upsert that rejects a full store does not pass those that wait for room either.
            if (waitingCount == 0)
            {
                code = Submit(token, in request, request.Timeout, ref error);
            }

            if (code == NativeResult.QueueFull && !request.RejectWhenFull && !closing)
            {
                return Wait(operation, in request, cancellation);
            }
        }
        catch
        {
            // By the token: if it was given back already, the object may belong to another upsert.
            if (operation.TryEnd(token))
            {
                operation.Abandon();
            }

            throw;
        }

        if (code != NativeResult.Ok)
        {
            return Refused(operation, code, in error);
        }

        if (cancellation.IsCancellationRequested)
        {
            // The registration may have fired before the library knew the operation. The object's next upsert has
            // another token, so this cannot hit it.
            NativeMethods.StoreCancel(Handle, token, null);
        }

        return task;
    }

    /// <summary>Withdraws an operation, if that is still possible.</summary>
    internal void Cancel(Operation operation)
    {
        // The operation cannot end meanwhile: its end waits for the callback that this is, or its task is not handed out yet.
        ulong token = operation.Token;
        bool waited;
        lock (waitingLock)
        {
            waited = Remove(operation);
        }

        if (waited)
        {
            operation.EndElsewhere(token, null);
        }
        else
        {
            NativeMethods.StoreCancel(Handle, token, null);
        }
    }

    /// <summary>The store has room: submits waiting operations in order, as long as there is room.</summary>
    internal void OnRoom()
    {
        while (waitingCount > 0)
        {
            Operation operation;
            ulong token;
            UpsertOutcome? outcome;
            Exception? failure;
            lock (waitingLock)
            {
                if (waiting.First is not { } first)
                {
                    return;
                }

                operation = first.Value;
                // Read here: once it is accepted, the operation may end at any moment, and the object be reused.
                token = operation.Token;
                if (!Resubmit(operation, out outcome, out failure))
                {
                    return;
                }

                Remove(operation);
            }

            if (outcome is not null || failure is not null)
            {
                operation.EndElsewhere(token, outcome, failure);
            }
        }
    }

    /// <summary>How an operation ends that waited for room and was then not accepted: as the call itself would have ended
    /// without waiting. Neither, if it was accepted or still waits.</summary>
    internal static (UpsertOutcome? Outcome, Exception? Failure) NotAccepted(NativeResult code, in NativeError error) =>
        code switch
        {
            NativeResult.Ok or NativeResult.QueueFull => default,
            NativeResult.Closed => (UpsertOutcome.Closed.Instance, null),
            _ => (null, NativeCalls.Exception(code, in error)),
        };

    /// <summary>Ends waiting operations whose time has run out.</summary>
    internal void ExpireWaiting(long now)
    {
        var expired = new List<(Operation Operation, ulong Token)>();
        lock (waitingLock)
        {
            for (LinkedListNode<Operation>? node = waiting.First; node is not null;)
            {
                LinkedListNode<Operation>? next = node.Next;
                if (node.Value.IsLate(now))
                {
                    expired.Add((node.Value, node.Value.Token));
                    Remove(node.Value);
                }

                node = next;
            }
        }

        expired.ForEach(late => late.Operation.EndElsewhere(late.Token, UpsertOutcome.Deadline.Instance));
    }

    /// <summary>The native store is closed.</summary>
    internal void OnClosed()
    {
        closing = true;
        EndAllWaiting();
        foreach (ulong token in checkpoints.Keys)
        {
            OnCheckpoint(token);
        }

        runtime.Remove(this);
        NativeMethods.StoreDestroy(Handle, null);
        closed.TrySetResult();
    }

    /// <summary>A checkpoint is reached.</summary>
    internal void OnCheckpoint(ulong token)
    {
        if (checkpoints.TryRemove(token, out TaskCompletionSource? reached))
        {
            reached.TrySetResult();
        }
    }

    internal Task Checkpoint()
    {
        ulong token = Interlocked.Increment(ref lastCheckpoint);
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        checkpoints[token] = reached;
        NativeError error = NativeCalls.NewError();
        NativeResult code = NativeMethods.StoreCheckpoint(Handle, token, &error);
        if (code != NativeResult.Ok)
        {
            OnCheckpoint(token);
            // A closed store has ended everything.
            if (code != NativeResult.Closed)
            {
                throw NativeCalls.Exception(code, in error);
            }
        }

        return reached.Task;
    }

    /// <summary>Begins to close. Operations that wait for room were not accepted and end at once.</summary>
    internal void Close(TimeSpan drainTimeout)
    {
        closing = true;
        EndAllWaiting();

        // A store that is closed already needs no closing: the result does not matter.
        NativeMethods.StoreClose(Handle, Milliseconds(drainTimeout), null);
    }

    /// <summary>Ends an upsert whose time was used up before it was submitted.</summary>
    private static UpsertOutcome.Deadline LateAlready(in UpsertRequest request)
    {
        if (UpsertTrace.IsListenedTo)
        {
            UpsertTrace.Begin(in request).End(UpsertOutcome.Deadline.Instance.Name, isError: false);
        }

        return UpsertOutcome.Deadline.Instance;
    }

    private UpsertOutcome.QueueFull QueueFull() => new(TimeSpan.FromMilliseconds(Volatile.Read(ref retryAfterMs)));

    /// <summary>Puts an operation at the end of those that wait for room.</summary>
    private ValueTask<UpsertOutcome> Wait(
        Operation operation, in UpsertRequest request, CancellationToken cancellation)
    {
        NativeError error = NativeCalls.NewError();
        NativeResult code = NativeResult.QueueFull;
        ulong token = operation.Token;
        lock (waitingLock)
        {
            // Room may have come since the first try, and its announcement is lost on an empty list.
            if (waiting.Count == 0)
            {
                code = Submit(token, in request, request.Timeout, ref error);
            }

            if (code == NativeResult.QueueFull && waiting.Count < WaitersMax && !closing)
            {
                operation.Request = request;
                operation.GivesUpAt = request.Timeout is { } timeout
                    ? Environment.TickCount64 + (long)Math.Ceiling(timeout.TotalMilliseconds)
                    : 0;
                operation.Waiting = waiting.AddLast(operation);
                waitingCount++;
                code = NativeResult.Ok;
                runtime.CountWaiting(1);
            }
        }

        if (code == NativeResult.Ok)
        {
            if (cancellation.IsCancellationRequested)
            {
                // The registration may have fired before the operation was in the list. Its result has not been
                // fetched yet, so the object still belongs to this upsert.
                Cancel(operation);
            }

            return operation.Task;
        }

        return Refused(operation, code, in error);
    }

    /// <summary>Returns an operation that was not accepted to the table, and its outcome to the caller.</summary>
    private ValueTask<UpsertOutcome> Refused(Operation operation, NativeResult code, in NativeError error)
    {
        UpsertOutcome? outcome = code switch
        {
            NativeResult.QueueFull when !closing => QueueFull(),
            NativeResult.QueueFull or NativeResult.Closed => UpsertOutcome.Closed.Instance,
            _ => null,
        };
        if (!operation.TryEnd(operation.Token))
        {
            // The runtime ended meanwhile and has completed the task.
            return operation.Task;
        }

        operation.Trace.End(outcome?.Name ?? "failed", isError: outcome is null);
        operation.Abandon();
        return new(outcome ?? throw NativeCalls.Exception(code, in error));
    }

    /// <summary>Submits an operation that has waited, with what is left of its time; <c>false</c>: the store is still full.
    /// The caller holds the lock.</summary>
    private bool Resubmit(Operation operation, out UpsertOutcome? outcome, out Exception? failure)
    {
        (outcome, failure) = (null, null);
        UpsertRequest request = operation.Request;
        long now = Environment.TickCount64;
        if (operation.IsLate(now))
        {
            outcome = UpsertOutcome.Deadline.Instance;
            return true;
        }

        try
        {
            NativeError error = NativeCalls.NewError();
            TimeSpan? left = operation.GivesUpAt == 0 ? request.Timeout : TimeSpan.FromMilliseconds(operation.GivesUpAt - now);
            NativeResult code = Submit(operation.Token, in request, left, ref error);
            (outcome, failure) = NotAccepted(code, in error);
            return code != NativeResult.QueueFull;
        }
#pragma warning disable CA1031 // A request that cannot be submitted must not end the thread that every upsert depends on.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = exception;
            return true;
        }
    }

    private void EndAllWaiting()
    {
        List<(Operation Operation, ulong Token)> all;
        lock (waitingLock)
        {
            all = [.. waiting.Select(operation => (operation, operation.Token))];
            all.ForEach(one => Remove(one.Operation));
        }

        all.ForEach(one => one.Operation.EndElsewhere(one.Token, UpsertOutcome.Closed.Instance));
    }

    /// <summary>Removes an operation from those that wait, if it is one of them. The caller holds the lock.</summary>
    private bool Remove(Operation operation)
    {
        if (operation.Waiting is not { } node)
        {
            return false;
        }

        waiting.Remove(node);
        operation.Waiting = null;
        operation.Request = default;
        waitingCount--;
        runtime.CountWaiting(-1);
        return true;
    }

    [SkipLocalsInit]
    private NativeResult Submit(ulong token, in UpsertRequest request, TimeSpan? timeout, ref NativeError error)
    {
        // Enough for ordinary names and trace ids; a larger buffer is rented.
        const int OnStack = 512;
        int size = Utf8Text.SizeMax(request.Project) + Utf8Text.SizeMax(request.Endpoint) + Utf8Text.SizeMax(request.TraceId);
        byte[]? rented = size > OnStack ? ArrayPool<byte>.Shared.Rent(size) : null;
        Span<byte> texts = rented ?? stackalloc byte[OnStack];
        using var strategies = new NativeStrategies(request.Authorization);
        try
        {
            fixed (byte* start = texts)
            fixed (byte* document = request.Document.Span)
            fixed (byte* extraction = request.Extraction.Span)
            fixed (NativeError* errorAt = &error)
            {
                byte* at = start;
                var operation = new NativeOperation
                {
                    StructSize = (uint)sizeof(NativeOperation),
                    Authorize = request.Authorization is null ? 0u : 1,
                    Token = token,
                    Project = Utf8Text.Write(request.Project, ref at),
                    Endpoint = Utf8Text.Write(request.Endpoint, ref at),
                    TraceId = Utf8Text.Write(request.TraceId, ref at),
                    Document = new NativeText { Ptr = document, Len = (nuint)request.Document.Length },
                    TimeoutUs = timeout is { } time ? (ulong)Math.Max(1, time.Ticks / 10) : 0,
                    Strategies = strategies.First,
                    StrategiesCount = strategies.Count,
                    Extraction = new NativeText { Ptr = extraction, Len = (nuint)request.Extraction.Length },
                };
                request.DocumentUuid.TryWriteBytes(new Span<byte>(operation.DocumentUuid, 16), bigEndian: true, out _);
                nuint accepted;
                NativeResult code = NativeMethods.StoreSubmit(
                    Handle, &operation, 1, (nuint)sizeof(NativeOperation), &accepted, errorAt);
                if (code == NativeResult.QueueFull)
                {
                    Volatile.Write(ref retryAfterMs, (long)error.RetryAfterMs);
                }

                return code;
            }
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }
}
