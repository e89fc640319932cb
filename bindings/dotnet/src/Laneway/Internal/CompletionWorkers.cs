namespace Laneway.Internal;

using System.Diagnostics;

/// <summary>Threads of the pool that hand completions out, and read on as long as some come: where upserts follow one
/// another, nobody has to be woken. One begins; others join where handing out takes longer than to wake them, or where
/// there is more than one can do for long.</summary>
internal sealed class CompletionWorkers : IThreadPoolWorkItem
{
    // Then a worker goes to the end of the pool's queue: others want the thread too. The pool wakes a thread for that.
    private static readonly long TurnTicks = Stopwatch.Frequency / 200;

    // Batches that take longer are worth another thread; waking it takes some microseconds of two.
    private static readonly long SlowTicks = Stopwatch.Frequency / 20_000;

    // So many full batches in a row are more than a flush or two: one worker does not keep up.
    private const int FullInARowMax = 16;

    // How long the last worker looks for more before it goes, and for how long each time it does not: waking threads
    // takes longer, and whoever waited may be about to hand over the next upsert.
    private static readonly long LingerTicks = Stopwatch.Frequency / 50_000;
    private const int LingerSpins = 250;

    private static readonly int WorkersMax = Environment.ProcessorCount;

    private readonly CompletionReader reader;
    private readonly int batchSize;
    private readonly object idle = new();
    private readonly object batchesLock = new();
    private readonly List<CompletionBatch> batches = [];
    private readonly Stack<CompletionBatch> spare = new();
    private int active;
    private int readsBefore;

    // How long a batch took lately; each counts for a quarter of what comes before the next.
    private long batchTicks;
    private int fullInARow;

    internal CompletionWorkers(CompletionReader reader, int batchSize)
    {
        this.reader = reader;
        this.batchSize = batchSize;
    }

    /// <summary>Whether those who work take too long for what comes, or do not keep up.</summary>
    private bool IsTooMuch =>
        Volatile.Read(ref batchTicks) > SlowTicks || Volatile.Read(ref fullInARow) == FullInARowMax;

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
        long now = begun;
        do
        {
            if (now - begun > TurnTicks)
            {
                ThreadPool.UnsafeQueueUserWorkItem(batch, preferLocal: false);
                return;
            }

            Count(batch);
            if (batch.IsFull && IsTooMuch)
            {
                AddWorker();
            }

            batch.Work();
            long ended = Stopwatch.GetTimestamp();
            Volatile.Write(ref batchTicks, ((3 * Volatile.Read(ref batchTicks)) + ended - now) / 4);
            now = ended;
            if (!batch.Leave())
            {
                // A helper is still at it, and gives it back.
                batch = Rent();
            }
        }
        while (reader.Take(batch) || Linger(batch));
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

    /// <summary>Counts full batches in a row, roughly: workers do not wait for each other to count.</summary>
    private void Count(CompletionBatch batch) => Volatile.Write(
        ref fullInARow, batch.IsFull ? Math.Min(Volatile.Read(ref fullInARow) + 1, FullInARowMax) : 0);

    /// <summary>Reads what comes within moments, where nobody else does; <c>false</c>: nothing did.</summary>
    private bool Linger(CompletionBatch batch)
    {
        long begun = Stopwatch.GetTimestamp();
        while (WorkersMax > 1 && Volatile.Read(ref active) == 1 && Stopwatch.GetTimestamp() - begun < LingerTicks)
        {
            Thread.SpinWait(LingerSpins);
            if (reader.Take(batch))
            {
                return true;
            }
        }

        return false;
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
