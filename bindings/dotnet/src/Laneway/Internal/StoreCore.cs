namespace Laneway.Internal;

using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Laneway.Native;

/// <summary>One native store: hands operations over, keeps those that wait for room in order, and ends.</summary>
internal sealed unsafe class StoreCore
{
    private readonly RuntimeCore runtime;
    private readonly object waitingLock = new();
    private readonly LinkedList<Operation> waiting = new();
    private readonly ConcurrentDictionary<ulong, TaskCompletionSource> checkpoints = new();
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile int waitingCount;
    private volatile bool closing;
    private ulong lastCheckpoint;

    // What the native library said last, for those that it is not asked for because others wait already.
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

    /// <summary>Completes when the native store has said its last word.</summary>
    internal Task Closed => closed.Task;

    internal static uint Milliseconds(TimeSpan timeout) =>
        timeout == Timeout.InfiniteTimeSpan || timeout.TotalMilliseconds >= uint.MaxValue ? uint.MaxValue
        : timeout <= TimeSpan.Zero ? 0
        : (uint)Math.Ceiling(timeout.TotalMilliseconds);

    /// <summary>Hands an upsert over. Without room it waits, where it may.</summary>
    internal ValueTask<UpsertOutcome> Upsert(
        LanewayClient client, in UpsertRequest request, ReadOnlySpan<byte> document, bool waits,
        CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<UpsertOutcome>(cancellation);
        }

        Operation operation = runtime.Operations.Rent();
        operation.Begin(this, client);
        if (UpsertTrace.IsListenedTo)
        {
            operation.Trace = UpsertTrace.Begin(in request);
        }

        ValueTask<UpsertOutcome> task = operation.Task;
        ulong token = operation.Token;
        // Before it is handed over: from then on it may end at any moment, and nobody else would end the registration.
        operation.Watch(cancellation);
        NativeError error = NativeCalls.NewError();
        NativeResult code = NativeResult.QueueFull;
        try
        {
            // Whoever does not wait never passes those who do.
            if (waitingCount == 0)
            {
                code = Submit(token, in request, document, request.Timeout, ref error);
            }

            if (code == NativeResult.QueueFull && waits && !closing)
            {
                return Wait(operation, in request, cancellation);
            }
        }
        catch
        {
            // By the token: one that was refused is another's already.
            if (operation.TryEnd((uint)(token >> 32)))
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
            // It may have been too early the first time. The token names this operation for ever.
            NativeMethods.StoreCancel(Handle, token, null);
        }

        return task;
    }

    /// <summary>Takes an operation back, if that is still possible.</summary>
    internal void Cancel(Operation operation)
    {
        bool waited;
        lock (waitingLock)
        {
            waited = Remove(operation);
        }

        if (waited)
        {
            operation.EndElsewhere(operation.Generation, null);
        }
        else
        {
            NativeMethods.StoreCancel(Handle, operation.Token, null);
        }
    }

    /// <summary>There is room: hands over those that wait, in order, while there is.</summary>
    internal void OnRoom()
    {
        while (waitingCount > 0)
        {
            Operation operation;
            NativeResult code;
            NativeError error = NativeCalls.NewError();
            lock (waitingLock)
            {
                if (waiting.First is not { } first)
                {
                    return;
                }

                operation = first.Value;
                code = Resubmit(operation, ref error);
                if (code == NativeResult.QueueFull)
                {
                    return;
                }

                Remove(operation);
            }

            if (code != NativeResult.Ok)
            {
                operation.EndElsewhere(operation.Generation, Ended(code, in error));
            }
        }
    }

    /// <summary>Ends those that wait and whose time is over.</summary>
    internal void ExpireWaiting(long now)
    {
        var expired = new List<Operation>();
        lock (waitingLock)
        {
            for (LinkedListNode<Operation>? node = waiting.First; node is not null;)
            {
                LinkedListNode<Operation>? next = node.Next;
                if (node.Value.GivesUpAt is not 0 and var until && until <= now)
                {
                    expired.Add(node.Value);
                    Remove(node.Value);
                }

                node = next;
            }
        }

        expired.ForEach(operation => operation.EndElsewhere(operation.Generation, UpsertOutcome.Deadline.Instance));
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
            // What is closed has ended everything.
            if (code != NativeResult.Closed)
            {
                throw NativeCalls.Exception(code, in error);
            }
        }

        return reached.Task;
    }

    /// <summary>Begins to close; who waits for room has not been accepted, and hears so at once.</summary>
    internal void Close(TimeSpan drainTimeout)
    {
        closing = true;
        EndAllWaiting();

        // One that is closed already is what was asked for.
        NativeMethods.StoreClose(Handle, Milliseconds(drainTimeout), null);
    }

    private UpsertOutcome.QueueFull QueueFull() => new(TimeSpan.FromMilliseconds(Volatile.Read(ref retryAfterMs)));

    private static UpsertOutcome Ended(NativeResult code, in NativeError error) =>
        code == NativeResult.Closed ? UpsertOutcome.Closed.Instance
        : code == NativeResult.Panic || code == NativeResult.Argument
            ? new UpsertOutcome.Failed(null, NativeCalls.Exception(code, in error).Message)
        : UpsertOutcome.Deadline.Instance;

    /// <summary>Puts an operation in line.</summary>
    private ValueTask<UpsertOutcome> Wait(
        Operation operation, in UpsertRequest request, CancellationToken cancellation)
    {
        NativeError error = NativeCalls.NewError();
        NativeResult code = NativeResult.QueueFull;
        ulong token = operation.Token;
        lock (waitingLock)
        {
            // Room may have come in between, and its announcement before anybody waited for it.
            if (waiting.Count == 0)
            {
                code = Submit(token, in request, request.Document.Span, request.Timeout, ref error);
            }

            if (code == NativeResult.QueueFull && waiting.Count < WaitersMax && !closing)
            {
                operation.Request = request;
                operation.GivesUpAt = request.Timeout > TimeSpan.Zero
                    ? Environment.TickCount64 + (long)Math.Ceiling(request.Timeout.TotalMilliseconds)
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
                // Nobody has fetched its result yet: it is still the same operation.
                Cancel(operation);
            }

            return operation.Task;
        }

        return Refused(operation, code, in error);
    }

    /// <summary>Gives an operation back that was not accepted; what its caller hears, mostly at once.</summary>
    private ValueTask<UpsertOutcome> Refused(Operation operation, NativeResult code, in NativeError error)
    {
        UpsertOutcome? outcome = code switch
        {
            NativeResult.QueueFull when !closing => QueueFull(),
            NativeResult.QueueFull or NativeResult.Closed => UpsertOutcome.Closed.Instance,
            _ => null,
        };
        if (!operation.TryEnd(operation.Generation))
        {
            // The end of the runtime was faster, and says so through the task.
            return operation.Task;
        }

        operation.Trace.End(outcome?.Name ?? "failed", isError: outcome is null);
        operation.Abandon();
        return new(outcome ?? throw NativeCalls.Exception(code, in error));
    }

    /// <summary>Hands over what has waited, with what is left of its time. Only with the lock.</summary>
    private NativeResult Resubmit(Operation operation, ref NativeError error)
    {
        UpsertRequest request = operation.Request;
        TimeSpan left = request.Timeout;
        if (operation.GivesUpAt != 0)
        {
            left = TimeSpan.FromMilliseconds(operation.GivesUpAt - Environment.TickCount64);
            if (left <= TimeSpan.Zero)
            {
                // As the native library would answer.
                return NativeResult.Busy;
            }
        }

        return Submit(operation.Token, in request, request.Document.Span, left, ref error);
    }

    private void EndAllWaiting()
    {
        List<Operation> all;
        lock (waitingLock)
        {
            all = [.. waiting];
            all.ForEach(operation => Remove(operation));
        }

        all.ForEach(operation => operation.EndElsewhere(operation.Generation, UpsertOutcome.Closed.Instance));
    }

    /// <summary>Takes an operation out of the line, if it is there. Only with the lock.</summary>
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
    private NativeResult Submit(
        ulong token, in UpsertRequest request, ReadOnlySpan<byte> document, TimeSpan timeout, ref NativeError error)
    {
        // Enough for names and trace ids as they are; longer ones are rented.
        const int OnStack = 512;
        int size = Utf8Text.SizeMax(request.Project) + Utf8Text.SizeMax(request.Endpoint) + Utf8Text.SizeMax(request.TraceId);
        byte[]? rented = size > OnStack ? ArrayPool<byte>.Shared.Rent(size) : null;
        Span<byte> texts = rented ?? stackalloc byte[OnStack];
        using var strategies = new NativeStrategies(request.Authorization);
        try
        {
            fixed (byte* start = texts)
            fixed (byte* content = document)
            fixed (byte* extraction = request.Extraction.Span)
            fixed (NativeError* said = &error)
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
                    Document = new NativeText { Ptr = content, Len = (nuint)document.Length },
                    TimeoutUs = timeout > TimeSpan.Zero ? (ulong)Math.Max(1, timeout.Ticks / 10) : 0,
                    Strategies = strategies.First,
                    StrategiesCount = strategies.Count,
                    Extraction = new NativeText { Ptr = extraction, Len = (nuint)request.Extraction.Length },
                };
                request.DocumentUuid.TryWriteBytes(new Span<byte>(operation.DocumentUuid, 16), bigEndian: true, out _);
                nuint accepted;
                NativeResult code = NativeMethods.StoreSubmit(
                    Handle, &operation, 1, (nuint)sizeof(NativeOperation), &accepted, said);
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
