namespace Laneway.Internal;

using System.Diagnostics;
using Laneway.Native;

/// <summary>The activities of the latest batches, which their upserts link to. Not thread-safe: used by one reader
/// at a time.</summary>
internal sealed class BatchTraces
{
    // A batch's upserts end together, and a runtime has fewer flushes than this at a time. If one is dropped too early, its
    // activity is merely created twice.
    private const int KeptMax = 64;

    private readonly (ulong Store, ulong Sequence, ActivityContext Context)[] kept =
        new (ulong, ulong, ActivityContext)[KeptMax];

    private int next;

    /// <summary>The activity of the last batch that carried an upsert; <c>default</c> if none did.</summary>
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
