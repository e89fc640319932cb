namespace Laneway.Internal;

using Laneway.Native;

/// <summary>Completions that were read together. One thread of the pool runs their continuations one after another; if one
/// blocks, other threads take over the rest. Reused when no thread works on it any more.</summary>
internal sealed class CompletionBatch : IThreadPoolWorkItem
{
    private const int DetailsSizeFirst = 16 * 1024;

    private readonly CompletionWorkers workers;
    private readonly Helper helper;
    private readonly (Operation Operation, int Record)[] items;
    private int count;

    // The next item. Threads claim items by incrementing it, beyond the count too.
    private int next;

    // The number of threads that work on the batch; from 0 it only rises when the batch is opened again.
    private int working;

    // The pump's alone.
    private int begunBefore;

    internal CompletionBatch(CompletionWorkers workers, int size)
    {
        this.workers = workers;
        helper = new Helper(this);
        items = new (Operation, int)[size];
        Records = GC.AllocateArray<NativeCompletion>(size, pinned: true);
        Details = GC.AllocateArray<byte>(DetailsSizeFirst, pinned: true);
    }

    /// <summary>The records.</summary>
    internal NativeCompletion[] Records { get; }

    /// <summary>The records' details.</summary>
    internal byte[] Details { get; private set; }

    /// <summary>Whether the queue may have held more records than fit.</summary>
    internal bool IsFull { get; private set; }

    /// <summary>Whether there are upserts whose activities are listened to.</summary>
    internal bool IsTraced { get; set; }

    /// <summary>The operations whose ends the reader has claimed, each with its record's index.</summary>
    internal ReadOnlySpan<(Operation Operation, int Record)> Items => items.AsSpan(0, count);

    /// <summary>Makes room for that many bytes of details.</summary>
    internal void Grow(int details) => Details = GC.AllocateArray<byte>(details, pinned: true);

    /// <summary>Empties the batch. Must not be called while a thread works on it.</summary>
    internal void Clear() => (count, next, begunBefore, IsTraced) = (0, 0, 0, false);

    /// <summary>Adds an operation whose end the reader has claimed.</summary>
    internal void Add(Operation operation, int record) => items[count++] = (operation, record);

    /// <summary>Opens the batch for its first thread.</summary>
    /// <param name="taken">The number of records.</param>
    internal void Open(int taken)
    {
        IsFull = taken == Records.Length;
        // Release: a helper that joins sees all items.
        Volatile.Write(ref working, 1);
    }

    /// <summary>Completes the operations that no thread has claimed yet.</summary>
    internal void Work()
    {
        int at;
        while ((at = Interlocked.Increment(ref next) - 1) < count)
        {
            (Operation operation, int index) = items[at];
            // The array lives on: it would keep an operation that is never awaited.
            items[at] = default;
            Complete(operation, in Records[index]);
        }
    }

    private void Complete(Operation operation, in NativeCompletion record)
    {
        UpsertOutcome? outcome = null;
        Exception? failure = null;
        try
        {
            outcome = OutcomeReader.Read(in record, Details.AsSpan((int)record.DetailOffset, (int)record.DetailLen));
        }
#pragma warning disable CA1031 // A record that cannot be read fails its own upsert, not those behind it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = exception;
        }

        operation.Complete(outcome, failure);
    }

    /// <summary>A thread stops working on the batch; <c>true</c>: it was the last, and now owns the batch.</summary>
    internal bool Leave() => Interlocked.Decrement(ref working) == 0;

    /// <summary>Lets another thread of the pool help if there was no progress since the last call.</summary>
    internal void HelpIfStuck()
    {
        int begun = Volatile.Read(ref next);
        bool stuck = begun == begunBefore && begun > 0 && begun < count;
        begunBefore = begun;
        if (stuck && TryJoin())
        {
            ThreadPool.UnsafeQueueUserWorkItem(helper, preferLocal: false);
        }
    }

    void IThreadPoolWorkItem.Execute() => workers.Run(this);

    /// <summary>Adds a thread, unless the last has stopped: then the batch is its owner's, and may be in use again.</summary>
    private bool TryJoin()
    {
        int seen = Volatile.Read(ref working);
        while (seen > 0)
        {
            int found = Interlocked.CompareExchange(ref working, seen + 1, seen);
            if (found == seen)
            {
                return true;
            }

            seen = found;
        }

        return false;
    }

    /// <summary>The work item of an additional thread.</summary>
    private sealed class Helper(CompletionBatch batch) : IThreadPoolWorkItem
    {
        void IThreadPoolWorkItem.Execute()
        {
            batch.Work();
            if (batch.Leave())
            {
                batch.workers.Return(batch);
            }
        }
    }
}
