namespace Laneway.Internal;

using System.Collections.Concurrent;
using Laneway.Native;

/// <summary>Everything that the pump's thread references: the native runtime, its operations, its stores. Not the public
/// object, so that its finalizer can run.</summary>
internal sealed class RuntimeCore
{
    // How often the pump looks for continuations that block and for waiting operations that are late; only while there are
    // workers or waiting operations.
    private const int TickMs = 10;

    // How long completions may wait while all workers are in continuations.
    private const int WorkersBusyMaxMs = 1;

    // How long a close waits until the host has got the last log entries. Not longer: the host may be closing the runtime in
    // the very call that receives one.
    private const int LogsLastMs = 1000;

    private readonly ConcurrentDictionary<ulong, StoreCore> stores = new();
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CompletionReader reader;
    private readonly CompletionWorkers workers;
    private readonly LogReader logs;
    private long lookedAt = Environment.TickCount64;

    // The operations of all stores that wait for room.
    private int waiting;

    internal RuntimeCore(ulong handle, int batchSize, Action<LanewayLogEntry>? logs)
    {
        Handle = handle;
        reader = new CompletionReader(handle, Operations, OnEvent);
        workers = new CompletionWorkers(reader, batchSize);
        this.logs = new LogReader(handle, logs);
        // Unsafe: it would keep the AsyncLocals of whoever happens to create the runtime, and add what it does to their trace.
        new Thread(Pump) { Name = "laneway-pump", IsBackground = true }.UnsafeStart();
    }

    internal ulong Handle { get; }

    internal OperationTable Operations { get; } = new();

    /// <summary>Completes when the native runtime is closed and destroyed.</summary>
    internal Task Closed => closed.Task;

    internal void Add(StoreCore store) => stores[store.Handle] = store;

    internal void Remove(StoreCore store) => stores.TryRemove(store.Handle, out _);

    /// <summary>Counts operations that wait for room: the pump watches their deadlines.</summary>
    internal void CountWaiting(int more)
    {
        if (Interlocked.Add(ref waiting, more) == more)
        {
            WakePump();
        }
    }

    // While no operation waits for room, the pump sleeps without a timeout.
    private unsafe void WakePump() => NativeMethods.CompletionsWake(Handle, null);

    /// <summary>The pump's loop: waits for completions, starts a worker with the first, and sleeps while workers read.
    /// </summary>
    private void Pump()
    {
        while (!reader.HasEnded)
        {
            CompletionBatch batch = workers.Rent();
            if (reader.Wait(batch, Volatile.Read(ref waiting) > 0 ? TickMs : -1))
            {
                workers.Start(batch);
            }
            else
            {
                workers.Return(batch);
            }

            Look();
            while (!reader.HasEnded && !workers.WaitIdle(WorkersBusyMaxMs))
            {
                workers.ReadIfStuck();
                Look();
            }
        }

        End();
    }

    /// <summary>Completes everything that is left. After a close nothing is; a runtime that was abandoned by its finalizer
    /// posts no further records.</summary>
    private unsafe void End()
    {
        foreach (StoreCore store in stores.Values)
        {
            store.OnClosed();
        }

        foreach (Operation operation in Operations.All())
        {
            operation.EndElsewhere(operation.Open, UpsertOutcome.Closed.Instance);
        }

        logs.ReadLast(LogsLastMs);
        NativeMethods.RuntimeDestroy(Handle, null);
        closed.TrySetResult();
    }

    /// <summary>Handles a record that does not end an operation, on the thread that read it.</summary>
    private void OnEvent(NativeCompletion record)
    {
        switch ((NativeCompletionKind)record.Kind)
        {
            case NativeCompletionKind.Checkpoint when stores.TryGetValue(record.Store, out StoreCore? store):
                store.OnCheckpoint(record.Token);
                break;
            case NativeCompletionKind.Room:
                foreach (KeyValuePair<ulong, StoreCore> entry in stores)
                {
                    if (record.Store == 0 || record.Store == entry.Key)
                    {
                        entry.Value.OnRoom();
                    }
                }

                break;
            case NativeCompletionKind.StoreClosed when stores.TryGetValue(record.Store, out StoreCore? store):
                store.OnClosed();
                break;
            case NativeCompletionKind.Logs:
                logs.Read();
                break;
        }
    }

    /// <summary>The pump's periodic work.</summary>
    private void Look()
    {
        long now = Environment.TickCount64;
        if (now - lookedAt < TickMs)
        {
            return;
        }

        lookedAt = now;
        workers.HelpIfStuck();
        if (Volatile.Read(ref waiting) > 0)
        {
            foreach (KeyValuePair<ulong, StoreCore> entry in stores)
            {
                entry.Value.ExpireWaiting(now);
            }
        }
    }
}
