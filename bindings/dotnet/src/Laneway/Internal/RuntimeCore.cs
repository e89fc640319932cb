namespace Laneway.Internal;

using System.Collections.Concurrent;
using Laneway.Native;

/// <summary>What the pump's thread holds on to: the native runtime, its operations, its stores. It does not hold the
/// public object, whose finalizer can run therefore.</summary>
internal sealed class RuntimeCore
{
    // How often the pump looks for continuations that block, and for deadlines of those that wait for room. Only while
    // there are any.
    private const int TickMs = 10;

    // How long completions may wait for workers that are all busy with continuations.
    private const int WorkersBusyMaxMs = 1;

    private readonly ConcurrentDictionary<ulong, StoreCore> stores = new();
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CompletionReader reader;
    private readonly CompletionWorkers workers;
    private readonly LogReader logs;
    private volatile bool hasLogs;
    private long lookedAt = Environment.TickCount64;
    private int waiting;

    internal RuntimeCore(ulong handle, int batchSize, Action<LanewayLogEntry>? logs)
    {
        Handle = handle;
        reader = new CompletionReader(handle, Operations, OnEvent);
        workers = new CompletionWorkers(reader, batchSize);
        this.logs = new LogReader(handle, logs);
        new Thread(Pump) { Name = "laneway-pump", IsBackground = true }.Start();
    }

    internal ulong Handle { get; }

    internal OperationTable Operations { get; } = new();

    /// <summary>Completes when the native runtime has said its last word and been destroyed.</summary>
    internal Task Closed => closed.Task;

    internal void Add(StoreCore store) => stores[store.Handle] = store;

    internal void Remove(StoreCore store) => stores.TryRemove(store.Handle, out _);

    /// <summary>Counts operations that wait for room, whose deadlines are to be looked after.</summary>
    internal void CountWaiting(int more)
    {
        if (Interlocked.Add(ref waiting, more) == more)
        {
            WakePump();
        }
    }

    // It waits without looking after deadlines while none waits for room.
    private unsafe void WakePump() => NativeMethods.CompletionsWake(Handle, null);

    /// <summary>Waits for completions where nobody else does: begins, and sleeps while workers read.</summary>
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

    /// <summary>The runtime is closed, or a finalizer let go of it: then nobody else completes what is left.</summary>
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

        NativeMethods.RuntimeDestroy(Handle, null);
        closed.TrySetResult();
    }

    /// <summary>A record that ends no operation. By whoever read it.</summary>
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
                // The pump reads them, alone and in order.
                hasLogs = true;
                break;
        }
    }

    /// <summary>What is to be done from time to time.</summary>
    private void Look()
    {
        if (hasLogs)
        {
            hasLogs = false;
            logs.Read();
        }

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
