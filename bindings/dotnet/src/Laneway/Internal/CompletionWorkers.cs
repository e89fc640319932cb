namespace Laneway.Internal;

using System.Diagnostics;

/// <summary>Threads of the pool that run the continuations of completed upserts, and go on reading as long as completions
/// come: while upserts follow one another, no thread has to be woken. One thread begins. Others join if a batch takes
/// longer than waking a thread, or if one thread does not keep up.</summary>
internal sealed class CompletionWorkers : IThreadPoolWorkItem
{
    // A worker yields its thread after 5 ms, by re-queueing itself at the end of the pool's queue: other work items need
    // the thread too. Costs one thread wake-up.
    private static readonly long TurnTicks = Stopwatch.Frequency / 200;

    // 50 µs. Batches that take longer are worth another thread; waking one costs both threads some microseconds.
    private static readonly long SlowTicks = Stopwatch.Frequency / 20_000;

    // One or two flushes end in fewer full batches than that: with more in a row, one worker does not keep up.
    private const int FullInARowMax = 16;

    // How long the last worker polls for more before it stops (20 µs), and how long it spins between two polls. Waking a
    // thread takes longer, and a caller whose upsert has just ended may be about to submit the next.
    private static readonly long LingerTicks = Stopwatch.Frequency / 50_000;
    private const int LingerSpins = 250;

    private static readonly int WorkersMax = Environment.ProcessorCount;

    private readonly CompletionReader reader;
    private readonly int batchSize;

    // Pulsed when the last worker stops; the pump waits for that.
    private readonly object idle = new();

    // Guards both lists. The pump walks all batches while workers rent and return them.
    private readonly object batchesLock = new();
    private readonly List<CompletionBatch> batches = [];
    private readonly Stack<CompletionBatch> spare = new();

    // The number of workers, including those that are queued and have not begun.
    private int active;

    // The pump's alone.
    private int readsBefore;

    // A moving average of the time a batch takes; the newest counts for a quarter. Workers overwrite each other's updates:
    // an estimate is enough.
    private long batchTicks;
    private int fullInARow;

    internal CompletionWorkers(CompletionReader reader, int batchSize)
    {
        this.reader = reader;
        this.batchSize = batchSize;
    }

    /// <summary>Whether batches take long, or the workers do not keep up.</summary>
    private bool NeedsHelp =>
        Volatile.Read(ref batchTicks) > SlowTicks || Volatile.Read(ref fullInARow) == FullInARowMax;

    /// <summary>Takes a batch that is not in use.</summary>
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

    /// <summary>Returns a batch that is no longer in use.</summary>
    internal void Return(CompletionBatch batch)
    {
        lock (batchesLock)
        {
            spare.Push(batch);
        }
    }

    /// <summary>Starts a worker with a batch that was read.</summary>
    internal void Start(CompletionBatch batch)
    {
        Interlocked.Increment(ref active);
        ThreadPool.UnsafeQueueUserWorkItem(batch, preferLocal: false);
    }

    /// <summary>Waits until no worker is left; <c>false</c>: not within the timeout.</summary>
    internal bool WaitIdle(int timeoutMs)
    {
        lock (idle)
        {
            return Volatile.Read(ref active) == 0
                || (Monitor.Wait(idle, timeoutMs) && Volatile.Read(ref active) == 0);
        }
    }

    /// <summary>If no worker has read anything since the last call, reads in their place, and starts another worker if there
    /// was something.</summary>
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

    /// <summary>Lets other threads help with batches that have made no progress since the last call.</summary>
    internal void HelpIfStuck()
    {
        lock (batchesLock)
        {
            batches.ForEach(batch => batch.HelpIfStuck());
        }
    }

    /// <summary>A worker's loop, beginning with a batch that was read.</summary>
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
            if (batch.IsFull && NeedsHelp)
            {
                AddWorker();
            }

            batch.Work();
            long ended = Stopwatch.GetTimestamp();
            Volatile.Write(ref batchTicks, ((3 * Volatile.Read(ref batchTicks)) + ended - now) / 4);
            now = ended;
            if (!batch.Leave())
            {
                // A helper still works on this one, and returns it.
                batch = Rent();
            }
        }
        while (reader.Take(batch) || Linger(batch));
        Return(batch);
        Leave();
    }

    /// <summary>An added worker's start: it reads its first batch itself.</summary>
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

    /// <summary>Counts full batches in a row, approximately: workers may overwrite each other's counts, which at worst adds a
    /// worker a little later.</summary>
    private void Count(CompletionBatch batch) => Volatile.Write(
        ref fullInARow, batch.IsFull ? Math.Min(Volatile.Read(ref fullInARow) + 1, FullInARowMax) : 0);

    /// <summary>Polls for more, if this is the last worker; <c>false</c>: nothing came.</summary>
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
        // Not repeated if another worker was faster: that one has added a worker, or has stopped, and help is not urgent.
        if (seen < WorkersMax && Interlocked.CompareExchange(ref active, seen + 1, seen) == seen)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private void Leave()
    {
        // A record that comes between this worker's last read and here is the pump's: it finds no worker and reads again.
        if (Interlocked.Decrement(ref active) == 0)
        {
            lock (idle)
            {
                Monitor.PulseAll(idle);
            }
        }
    }
}
