namespace Laneway.Internal;

using Laneway.Native;

/// <summary>Reads completions from the native queue and claims the ends of their operations, both under one lock and in
/// record order. So when the queue's last record is read, no operation is unclaimed whose record has been read.</summary>
internal sealed unsafe class CompletionReader(ulong runtime, OperationTable operations, Action<NativeCompletion> onEvent)
{
    // Held while records are read and claimed. The pump reads without it: it does so only while there are no workers.
    private readonly object reading = new();
    private readonly BatchTraces traces = new();
    private volatile bool ended;
    private int reads;

    /// <summary>Whether the last record has been read.</summary>
    internal bool HasEnded => ended;

    /// <summary>The number of reads that found something.</summary>
    internal int Reads => Volatile.Read(ref reads);

    /// <summary>Waits for completions and takes as many as fit; <c>false</c>: there were none. Must not be called while a
    /// worker may read.</summary>
    internal bool Wait(CompletionBatch batch, long timeoutMs) => Dispatch(batch, Read(batch, timeoutMs));

    /// <summary>Takes as many completions as fit, without waiting; <c>false</c>: there were none.</summary>
    internal bool Take(CompletionBatch batch)
    {
        int taken;
        lock (reading)
        {
            taken = Read(batch, timeoutMs: 0);
        }

        return Dispatch(batch, taken);
    }

    private int Read(CompletionBatch batch, long timeoutMs)
    {
        batch.Clear();
        NativeError error = NativeCalls.NewError();
        nuint taken = 0, needed = 0;
        NativeResult code;
        do
        {
            fixed (NativeCompletion* records = batch.Records)
            fixed (byte* details = batch.Details)
            {
                code = NativeMethods.CompletionsWait(
                    runtime, records, (nuint)batch.Records.Length, (nuint)sizeof(NativeCompletion), details,
                    (nuint)batch.Details.Length, timeoutMs, &taken, &needed, &error);
            }

            if (code == NativeResult.BufferTooSmall)
            {
                batch.Grow(checked((int)needed));
            }
        }
        while (code == NativeResult.BufferTooSmall);

        if (code != NativeResult.Ok)
        {
            ended = true;
            traces.Stop();
            return 0;
        }

        for (int at = 0; at < (int)taken; at++)
        {
            if (batch.Records[at].Kind == (uint)NativeCompletionKind.Operation)
            {
                Claim(batch, at);
            }
        }

        if (batch.IsTraced)
        {
            traces.Link(batch);
        }

        if ((int)taken < batch.Records.Length)
        {
            // A flush's records come together: none of those that have begun has any left.
            traces.Stop();
        }

        return (int)taken;
    }

    private void Claim(CompletionBatch batch, int at)
    {
        ref readonly NativeCompletion record = ref batch.Records[at];
        if (operations.Find(record.Token) is { } operation && operation.TryEnd(record.Token))
        {
            batch.Add(operation, at);
            if (operation.Trace.IsOn)
            {
                operation.Trace.Attempts = (int)record.Attempts;
                batch.IsTraced = true;
            }
        }
    }

    /// <summary>Opens the batch, and passes on the records that do not end an operation.</summary>
    private bool Dispatch(CompletionBatch batch, int taken)
    {
        if (taken == 0)
        {
            return false;
        }

        Interlocked.Increment(ref reads);
        batch.Open(taken);
        for (int at = 0; at < taken; at++)
        {
            if (batch.Records[at].Kind != (uint)NativeCompletionKind.Operation)
            {
                onEvent(batch.Records[at]);
            }
        }

        return true;
    }
}
