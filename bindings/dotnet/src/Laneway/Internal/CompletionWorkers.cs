namespace Laneway.Internal;

using System.Diagnostics;

/// <summary>Threads of the pool that hand completions out, and read on as long as some come: where upserts follow one
/// another, nobody has to be woken. One begins; another joins when a batch was full.</summary>
internal sealed class CompletionWorkers : IThreadPoolWorkItem
{
    // Then a worker goes to the end of the pool's queue: others want the thread too.
    private static readonly long TurnTicks = Stopwatch.Frequency / 2000;
    private static readonly int WorkersMax = Environment.ProcessorCount;

    private readonly CompletionReader reader;
    private readonly int batchSize;
    private readonly object idle = new();
    private readonly object batchesLock = new();
    private readonly List<CompletionBatch> batches = [];
    private readonly Stack<CompletionBatch> spare = new();
    private int active;
    private int readsBefore;

    internal CompletionWorkers(CompletionReader reader, int batchSize)
    {
        this.reader = reader;
        this.batchSize = batchSize;
    }

    /// <summary>A batch that nobody works on.</summary>
    internal CompletionBatch Rent()
    {
        lock (batchesLock)
        {
            if (!spare.TryPop(out CompletionBatch? batch))
            {
                batch = new CompletionBatch(this, batchSize);
                batches.Add(batch);
            }

            return batch;
        }
    }

    /// <summary>Takes back a batch that nobody works on any more.</summary>
    internal void Return(CompletionBatch batch)
    {
        lock (batchesLock)
        {
            spare.Push(batch);
        }
    }

    /// <summary>Begins with a batch that was read.</summary>
    internal void Start(CompletionBatch batch)
    {
        Interlocked.Increment(ref active);
        ThreadPool.UnsafeQueueUserWorkItem(batch, preferLocal: false);
    }

    /// <summary>Waits until nobody reads any more; <c>false</c>: the time is over.</summary>
    internal bool WaitIdle(int timeoutMs)
    {
        lock (idle)
        {
            return Volatile.Read(ref active) == 0
                || (Monitor.Wait(idle, timeoutMs) && Volatile.Read(ref active) == 0);
        }
    }

    /// <summary>Reads for workers that have not since the last call, and starts another if there was something.</summary>
    internal void ReadIfStuck()
    {
        int reads = reader.Reads;
        if (reads != readsBefore)
        {
            readsBefore = reads;
            return;
        }

        CompletionBatch batch = Rent();
        if (reader.Take(batch))
        {
            Start(batch);
        }
        else
        {
            Return(batch);
        }
    }

    /// <summary>Lets others help where nothing has moved since the last call.</summary>
    internal void HelpIfStuck()
    {
        lock (batchesLock)
        {
            batches.ForEach(batch => batch.HelpIfStuck());
        }
    }

    /// <summary>What a worker does, beginning with a batch that was read.</summary>
    internal void Run(CompletionBatch batch)
    {
        long begun = Stopwatch.GetTimestamp();
        do
        {
            if (Stopwatch.GetTimestamp() - begun > TurnTicks)
            {
                ThreadPool.UnsafeQueueUserWorkItem(batch, preferLocal: false);
                return;
            }

            if (batch.IsFull)
            {
                AddWorker();
            }

            batch.Work();
            if (!batch.Leave())
            {
                // A helper is still at it, and gives it back.
                batch = Rent();
            }
        }
        while (reader.Take(batch));
        Return(batch);
        Leave();
    }

    /// <summary>Begins without a batch.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        CompletionBatch batch = Rent();
        if (reader.Take(batch))
        {
            Run(batch);
        }
        else
        {
            Return(batch);
            Leave();
        }
    }

    private void AddWorker()
    {
        int seen = Volatile.Read(ref active);
        if (seen < WorkersMax && Interlocked.CompareExchange(ref active, seen + 1, seen) == seen)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref active) == 0)
        {
            lock (idle)
            {
                Monitor.PulseAll(idle);
            }
        }
    }
}
