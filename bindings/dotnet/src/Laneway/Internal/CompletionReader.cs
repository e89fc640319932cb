namespace Laneway.Internal;

using Laneway.Native;

/// <summary>Takes completions from the native queue, and upon itself to end their operations: so that the end of the
/// queue, which is read last, finds none open whose outcome somebody holds.</summary>
internal sealed unsafe class CompletionReader(ulong runtime, OperationTable operations, Action<NativeCompletion> onEvent)
{
    private readonly object reading = new();
    private readonly BatchTraces traces = new();
    private volatile bool ended;
    private int reads;

    /// <summary>Whether no completion will come any more.</summary>
    internal bool HasEnded => ended;

    /// <summary>How often something was read.</summary>
    internal int Reads => Volatile.Read(ref reads);

    /// <summary>Waits for completions and takes as many as fit; <c>false</c>: there were none. Only while nobody else
    /// reads.</summary>
    internal bool Wait(CompletionBatch batch, long timeoutMs) => Tell(batch, Read(batch, timeoutMs));

    /// <summary>Takes as many as fit of those that have come; <c>false</c>: there were none.</summary>
    internal bool Take(CompletionBatch batch)
    {
        int taken;
        lock (reading)
        {
            taken = Read(batch, timeoutMs: 0);
        }

        return Tell(batch, taken);
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
            return 0;
        }

        for (int at = 0; at < (int)taken; at++)
        {
            if (batch.Records[at].Kind == (uint)NativeCompletionKind.Operation)
            {
                Claim(batch, at);
            }
        }

        return (int)taken;
    }

    private void Claim(CompletionBatch batch, int at)
    {
        ref readonly NativeCompletion record = ref batch.Records[at];
        if (operations.Find(record.Token) is not { } operation)
        {
            return;
        }

        if (operation.Trace.IsOn)
        {
            operation.Trace.Batch = traces.Of(in record);
            operation.Trace.Attempts = (int)record.Attempts;
        }

        if (operation.TryEnd((uint)(record.Token >> 32)))
        {
            batch.Add(operation, at);
        }
    }

    /// <summary>Opens the batch, and tells of records that end no operation.</summary>
    private bool Tell(CompletionBatch batch, int taken)
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
