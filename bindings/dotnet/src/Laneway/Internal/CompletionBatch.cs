namespace Laneway.Internal;

using Laneway.Native;

/// <summary>Completions that were taken together, handed out one after another by one thread of the pool. Where a
/// continuation blocks, other threads take the rest over. Used again once nobody works on it.</summary>
internal sealed class CompletionBatch : IThreadPoolWorkItem
{
    private const int DetailsSizeFirst = 16 * 1024;

    private readonly CompletionWorkers workers;
    private readonly Helper helper;
    private readonly (Operation Operation, int Record)[] items;
    private int count;
    private int next;
    private int working;
    private int begunBefore;

    internal CompletionBatch(CompletionWorkers workers, int size)
    {
        this.workers = workers;
        helper = new Helper(this);
        items = new (Operation, int)[size];
        Records = GC.AllocateArray<NativeCompletion>(size, pinned: true);
        Details = GC.AllocateArray<byte>(DetailsSizeFirst, pinned: true);
    }

    /// <summary>Where records are written to.</summary>
    internal NativeCompletion[] Records { get; }

    /// <summary>Where their details are.</summary>
    internal byte[] Details { get; private set; }

    /// <summary>Whether there may be more than fitted.</summary>
    internal bool IsFull { get; private set; }

    /// <summary>Makes room for details of that many bytes.</summary>
    internal void Grow(int details) => Details = GC.AllocateArray<byte>(details, pinned: true);

    /// <summary>Forgets what was in it. Only while nobody works on it.</summary>
    internal void Clear() => (count, next, begunBefore) = (0, 0, 0);

    /// <summary>Adds the end of an operation, which the reader has taken upon itself.</summary>
    internal void Add(Operation operation, int record) => items[count++] = (operation, record);

    /// <summary>Begins the work with one who works. <paramref name="taken"/>: how many records there are.</summary>
    internal void Open(int taken)
    {
        IsFull = taken == Records.Length;
        Volatile.Write(ref working, 1);
    }

    /// <summary>Hands out what nobody has begun.</summary>
    internal void Work()
    {
        int at;
        while ((at = Interlocked.Increment(ref next) - 1) < count)
        {
            (Operation operation, int place) = items[at];
            ref readonly NativeCompletion record = ref Records[place];
            ReadOnlySpan<byte> details = Details.AsSpan((int)record.DetailOffset, (int)record.DetailLen);
            operation.Complete(OutcomeReader.Read(in record, details));
        }
    }

    /// <summary>One who worked goes; <c>true</c>: it was the last, whose the batch is now.</summary>
    internal bool Leave() => Interlocked.Decrement(ref working) == 0;

    /// <summary>Lets another thread of the pool help if nothing has moved since the last call.</summary>
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

    /// <summary>One more works; not where the last has gone.</summary>
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

    /// <summary>One more who works.</summary>
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
