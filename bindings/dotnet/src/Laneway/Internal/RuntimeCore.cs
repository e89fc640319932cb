namespace Laneway.Internal;

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Laneway.Native;

/// <summary>What the pump's thread holds on to: the native runtime, its operations, its stores. It does not hold the
/// public object, whose finalizer can run therefore.</summary>
internal sealed unsafe class RuntimeCore
{
    // Enough for a large batch at once; a batch that is larger takes two turns.
    private const int RecordsMax = 512;
    private const int DetailsSizeFirst = 64 * 1024;
    private const int LogsMax = 64;

    // How often the pump looks for continuations that block, and for deadlines of those that wait for room. Only while
    // there are any.
    private const int TickMs = 50;

    // How many records must have come lately, each take counting half of the one before, for the pump to gather more. One
    // caller alone, whose upserts come one by one, never waits for it.
    private const int RecentMin = 3;
    private const int GatherSpins = 10;

    private static readonly TimeSpan GatherTime = TimeSpan.FromMicroseconds(10);

    private readonly ConcurrentDictionary<ulong, StoreCore> stores = new();
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly NativeCompletion[] records = GC.AllocateArray<NativeCompletion>(RecordsMax, pinned: true);
    private readonly int chunkSize;
    private readonly Action<LanewayLogEntry>? logs;

    // The pump's own: chunks under way with how far each was at the last look, those that can be used again, and the one
    // that is being filled.
    private readonly List<(CompletionChunk Chunk, int Begun)> sent = [];
    private readonly Stack<CompletionChunk> spare = new();
    private readonly BatchTraces batches = new();
    private CompletionChunk? filling;
    private byte[] details = GC.AllocateArray<byte>(DetailsSizeFirst, pinned: true);
    private long lookedAt = Environment.TickCount64;
    private int waiting;

    internal RuntimeCore(ulong handle, int chunkSize, Action<LanewayLogEntry>? logs)
    {
        Handle = handle;
        this.chunkSize = chunkSize;
        this.logs = logs;
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
            // The first of them: the pump waits without looking after deadlines.
            NativeMethods.CompletionsWake(Handle, null);
        }
    }

    /// <summary>Ends a use of an operation in the thread pool, if nobody else has. For the pump alone.</summary>
    internal void Finish(Operation operation, uint generation, UpsertOutcome? outcome)
    {
        if (!operation.TryEnd(generation))
        {
            return;
        }

        filling ??= spare.TryPop(out CompletionChunk? chunk) ? chunk : new CompletionChunk(chunkSize);
        filling.Add(operation, outcome);
        if (filling.IsFull)
        {
            Send();
        }
    }

    /// <summary>Lets more records come. Where many came lately, more are on their way; a pump that slept meanwhile would be
    /// woken for every few of them, by system calls of those who submit.</summary>
    private static void Gather()
    {
        long begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < GatherTime)
        {
            Thread.SpinWait(GatherSpins);
        }
    }

    private void Pump()
    {
        NativeError error = NativeCalls.NewError();
        int recent = 0;
        while (true)
        {
            nuint taken = 0, needed = 0;
            NativeCode code;
            fixed (NativeCompletion* place = records)
            fixed (byte* text = details)
            {
                long timeout = sent.Count > 0 || Volatile.Read(ref waiting) > 0 ? TickMs : -1;
                code = NativeMethods.CompletionsWait(
                    Handle, place, RecordsMax, (nuint)sizeof(NativeCompletion), text, (nuint)details.Length, timeout,
                    &taken, &needed, &error);
            }

            if (code == NativeCode.BufferTooSmall)
            {
                details = GC.AllocateArray<byte>(checked((int)needed), pinned: true);
                continue;
            }

            if (code != NativeCode.Ok)
            {
                break;
            }

            for (int at = 0; at < (int)taken; at++)
            {
                Take(in records[at]);
            }

            Send();
            Look();
            recent = (recent / 2) + (int)taken;
            if (recent >= RecentMin)
            {
                Gather();
            }
        }

        End();
    }

    /// <summary>The runtime is closed, or a finalizer let go of it: then nobody else completes what is left.</summary>
    private void End()
    {
        foreach (StoreCore store in stores.Values)
        {
            store.OnClosed();
        }

        foreach (Operation operation in Operations.All())
        {
            Finish(operation, operation.Open, UpsertOutcome.Closed.Instance);
        }

        Send();
        NativeMethods.RuntimeDestroy(Handle, null);
        closed.TrySetResult();
    }

    private void Take(in NativeCompletion record)
    {
        switch ((NativeKind)record.Kind)
        {
            case NativeKind.Operation:
                if (Operations.Find(record.Token) is { } operation)
                {
                    if (operation.Trace.IsOn)
                    {
                        operation.Trace.Batch = batches.Of(in record);
                        operation.Trace.Attempts = (int)record.Attempts;
                    }

                    var text = details.AsSpan((int)record.DetailOffset, (int)record.DetailLen);
                    Finish(operation, operation.Generation, OutcomeReader.Read(in record, text));
                }

                break;
            case NativeKind.Checkpoint when stores.TryGetValue(record.Store, out StoreCore? store):
                store.OnCheckpoint(record.Token);
                break;
            case NativeKind.Room:
                foreach (KeyValuePair<ulong, StoreCore> entry in stores)
                {
                    if (record.Store == 0 || record.Store == entry.Key)
                    {
                        entry.Value.OnRoom();
                    }
                }

                break;
            case NativeKind.StoreClosed when stores.TryGetValue(record.Store, out StoreCore? store):
                store.OnClosed();
                break;
            case NativeKind.Logs:
                ReadLogs();
                break;
        }
    }

    private void Send()
    {
        if (filling is { } chunk)
        {
            filling = null;
            sent.Add((chunk, 0));
            chunk.Send();
        }
    }

    /// <summary>Takes back chunks that are over; lets others help where nothing has moved since the last look.</summary>
    private void Look()
    {
        bool tick = Environment.TickCount64 - lookedAt >= TickMs;
        for (int at = sent.Count - 1; at >= 0; at--)
        {
            (CompletionChunk chunk, int begun) = sent[at];
            if (chunk.IsOver)
            {
                chunk.Reset();
                spare.Push(chunk);
                sent.RemoveAt(at);
            }
            else if (tick)
            {
                if (chunk.Begun == begun && begun > 0)
                {
                    chunk.Send();
                }

                sent[at] = (chunk, chunk.Begun);
            }
        }

        if (tick)
        {
            lookedAt = Environment.TickCount64;
            if (Volatile.Read(ref waiting) > 0)
            {
                foreach (KeyValuePair<ulong, StoreCore> entry in stores)
                {
                    entry.Value.ExpireWaiting(lookedAt);
                }

                Send();
            }
        }
    }

    private void ReadLogs()
    {
        var entries = stackalloc NativeLog[LogsMax];
        while (true)
        {
            nuint taken = 0, needed = 0;
            ulong dropped = 0;
            byte[] texts = new byte[DetailsSizeFirst];
            NativeCode code;
            fixed (byte* place = texts)
            {
                code = NativeMethods.LogsRead(
                    Handle, entries, LogsMax, (nuint)sizeof(NativeLog), place, (nuint)texts.Length, &taken, &dropped,
                    &needed, null);
            }

            if (code != NativeCode.Ok || taken == 0)
            {
                return;
            }

            for (int at = 0; at < (int)taken; at++)
            {
                Log(in entries[at], texts);
            }
        }
    }

    private void Log(in NativeLog entry, byte[] texts)
    {
        int target = (int)entry.TextOffset, message = target + (int)entry.TargetLen;
        int fields = message + (int)entry.MessageLen;
        try
        {
            logs?.Invoke(new LanewayLogEntry(
                (LanewayLogLevel)entry.Level,
                DateTimeOffset.UnixEpoch.AddMicroseconds(entry.TimestampUs),
                Encoding.UTF8.GetString(texts, target, (int)entry.TargetLen),
                Encoding.UTF8.GetString(texts, message, (int)entry.MessageLen),
                Encoding.UTF8.GetString(texts, fields, (int)entry.FieldsLen)));
        }
#pragma warning disable CA1031 // A host's logger that throws must not end the pump, on which every upsert hangs.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}
