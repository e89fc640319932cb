namespace Laneway.Internal;

using System.Diagnostics;
using Laneway.Native;

/// <summary>The activities of the latest batches. Upserts link to the batch that carried them, batches to the callers of
/// their upserts. Not thread-safe: used by one reader at a time.</summary>
internal sealed class BatchTraces
{
    // A batch's upserts end together, and a runtime has fewer flushes than this at a time. If one is dropped too early, its
    // activity is merely created twice.
    private const int KeptMax = 64;

    private readonly (ulong Store, ulong Sequence, Activity? Activity)[] kept = new (ulong, ulong, Activity?)[KeptMax];

    // The activities that have not been stopped: those before `next`, this many.
    private int begun;
    private int next;

    /// <summary>Links the upserts of records that were read together to their batches.</summary>
    internal void Link(CompletionBatch read)
    {
        ReadOnlySpan<(Operation Operation, int Record)> items = read.Items;
        for (int at = 0; at < items.Length; at++)
        {
            Operation operation = items[at].Operation;
            ref readonly NativeCompletion record = ref read.Records[items[at].Record];
            if (operation.Trace.IsOn && record.FlushSequence != 0)
            {
                Activity? batch = Find(in record) is { } known
                    ? Known(known, operation.Trace.Caller)
                    : Begin(read, items[at..], in record);
                operation.Trace.Batch = batch?.Context ?? default;
            }
        }
    }

    /// <summary>Ends the activities of all batches: no more of their upserts will come.</summary>
    internal void Stop()
    {
        for (; begun > 0; begun--)
        {
            Stop(((next - begun) + KeptMax) % KeptMax);
        }
    }

    private int? Find(in NativeCompletion record)
    {
        for (int at = 0; at < KeptMax; at++)
        {
            if (kept[at].Store == record.Store && kept[at].Sequence == record.FlushSequence)
            {
                return at;
            }
        }

        return null;
    }

    private Activity? Known(int at, ActivityContext caller)
    {
        Activity? batch = kept[at].Activity;
#if NET9_0_OR_GREATER
        // .NET 8 cannot add links later: there a batch links to the callers of what was read together with its first upsert.
        if (batch is not null && caller != default && batch.Links.All(link => link.Context != caller))
        {
            batch.AddLink(new ActivityLink(caller));
        }
#else
        _ = caller;
#endif
        return batch;
    }

    private Activity? Begin(
        CompletionBatch read, ReadOnlySpan<(Operation Operation, int Record)> items, in NativeCompletion first)
    {
        var callers = new HashSet<ActivityContext>();
        foreach ((Operation operation, int at) in items)
        {
            ref readonly NativeCompletion record = ref read.Records[at];
            if (record.Store == first.Store && record.FlushSequence == first.FlushSequence && operation.Trace.Caller != default)
            {
                callers.Add(operation.Trace.Caller);
            }
        }

        if (begun == KeptMax)
        {
            Stop(next);
            begun--;
        }

        TimeSpan duration = TimeSpan.FromMicroseconds(first.ElapsedUs - Math.Min(first.QueuedUs, first.ElapsedUs));
        Activity? batch = UpsertTrace.BeginBatch(
            duration, (long)first.FlushSequence, (int)first.BatchSize, callers.Select(caller => new ActivityLink(caller)));
        kept[next] = (first.Store, first.FlushSequence, batch);
        next = (next + 1) % KeptMax;
        begun++;
        return batch;
    }

    private void Stop(int at)
    {
        if (kept[at].Activity is { } batch)
        {
            UpsertTrace.EndBatch(batch);
        }
    }
}
