namespace Laneway.Internal;

/// <summary>Completions that one work item of the thread pool hands out: one hop for many, none on the pump's thread.
/// Where a continuation blocks, another work item takes the rest over. Filled, sent and used again by the pump alone.
/// </summary>
internal sealed class CompletionChunk(int size) : IThreadPoolWorkItem
{
    private readonly (Operation Operation, UpsertOutcome? Outcome)[] items = new (Operation, UpsertOutcome?)[size];
    private int count;
    private int next;
    private int workers;

    internal bool IsFull => count == items.Length;

    /// <summary>How many have been begun; never more than there are.</summary>
    internal int Begun => Math.Min(Volatile.Read(ref next), count);

    /// <summary>Whether all were handed out and nobody looks at this any more.</summary>
    internal bool IsOver => Volatile.Read(ref workers) == 0 && Begun == count;

    internal void Add(Operation operation, UpsertOutcome? outcome) => items[count++] = (operation, outcome);

    /// <summary>Lets a thread of the pool hand out what nobody has begun, besides those that do so already.</summary>
    internal void Send()
    {
        Interlocked.Increment(ref workers);
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Makes it empty. Only when it <see cref="IsOver"/>.</summary>
    internal void Reset()
    {
        Array.Clear(items, 0, count);
        count = 0;
        next = 0;
    }

    void IThreadPoolWorkItem.Execute()
    {
        try
        {
            int at;
            while ((at = Interlocked.Increment(ref next) - 1) < count)
            {
                (Operation operation, UpsertOutcome? outcome) = items[at];
                operation.Complete(outcome);
            }
        }
        finally
        {
            Interlocked.Decrement(ref workers);
        }
    }
}
