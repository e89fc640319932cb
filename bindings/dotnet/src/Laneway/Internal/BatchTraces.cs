namespace Laneway.Internal;

using System.Diagnostics;
using Laneway.Native;

/// <summary>The activities of the last batches, which their upserts link to. One reader at a time.</summary>
internal sealed class BatchTraces
{
    // The upserts of a batch end together, and a runtime has not this many flushes at a time; one that is forgotten too
    // early would only be made twice.
    private const int KeptMax = 64;

    private readonly (ulong Store, ulong Sequence, ActivityContext Context)[] kept =
        new (ulong, ulong, ActivityContext)[KeptMax];

    private int next;

    /// <summary>The activity of the batch that an upsert's last flush was; none if it had none.</summary>
    internal ActivityContext Of(in NativeCompletion record)
    {
        if (record.FlushSequence == 0)
        {
            return default;
        }

        foreach ((ulong store, ulong sequence, ActivityContext context) in kept)
        {
            if (store == record.Store && sequence == record.FlushSequence)
            {
                return context;
            }
        }

        TimeSpan duration = TimeSpan.FromMicroseconds(record.ElapsedUs - Math.Min(record.QueuedUs, record.ElapsedUs));
        ActivityContext made = UpsertTrace.MakeBatch(duration, (long)record.FlushSequence, (int)record.BatchSize);
        kept[next] = (record.Store, record.FlushSequence, made);
        next = (next + 1) % KeptMax;
        return made;
    }
}
