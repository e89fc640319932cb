namespace Laneway.Internal;

using System.Text;
using Laneway.Native;

/// <summary>Reads the native library's log entries and passes them to the host, one at a time and in order, on threads of the
/// pool: a host that is slow, hangs, throws, or closes the runtime in the call delays nothing but its log. What it does not
/// take in time waits in the library, which keeps the newest.</summary>
internal sealed unsafe class LogReader(ulong runtime, Action<LanewayLogEntry>? receive) : IThreadPoolWorkItem
{
    private const int EntriesMax = 64;
    private const int TextsSizeFirst = 32 * 1024;

    // Guards everything below, and reading: entries are read in order.
    private readonly object gate = new();
    private readonly Queue<LanewayLogEntry> entries = new();
    private byte[] texts = [];

    // Whether a thread passes entries on. It looks for more before it stops.
    private bool isRunning;

    /// <summary>There are entries: passes them on, without waiting.</summary>
    internal void Read()
    {
        if (receive is not null)
        {
            lock (gate)
            {
                Start();
            }
        }
    }

    /// <summary>Takes all entries out of the library, and waits until the host has got them.</summary>
    internal void ReadLast(int timeoutMs)
    {
        if (receive is null)
        {
            return;
        }

        lock (gate)
        {
            while (Fill())
            {
            }

            Start();
            long end = Environment.TickCount64 + timeoutMs;
            while (isRunning && end - Environment.TickCount64 is > 0 and var left)
            {
                Monitor.Wait(gate, (int)left);
            }
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (Next() is { } entry)
        {
            try
            {
                receive!(entry);
            }
#pragma warning disable CA1031 // A host's log that throws loses this entry, but not those after it.
            catch (Exception)
#pragma warning restore CA1031
            {
            }
        }
    }

    private void Start()
    {
        if (!isRunning)
        {
            isRunning = true;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private LanewayLogEntry? Next()
    {
        lock (gate)
        {
            if (entries.TryDequeue(out LanewayLogEntry entry) || (Fill() && entries.TryDequeue(out entry)))
            {
                return entry;
            }

            isRunning = false;
            Monitor.PulseAll(gate);
            return null;
        }
    }

    /// <summary>Reads as many entries as fit; <c>false</c>: there were none, or the runtime is closed.</summary>
    private bool Fill()
    {
        if (texts.Length == 0)
        {
            texts = new byte[TextsSizeFirst];
        }

        var read = stackalloc NativeLog[EntriesMax];
        nuint taken = 0, needed = 0;
        ulong lost = 0;
        NativeResult code;
        do
        {
            fixed (byte* buffer = texts)
            {
                code = NativeMethods.LogsRead(
                    runtime, read, EntriesMax, (nuint)sizeof(NativeLog), buffer, (nuint)texts.Length, &taken, &lost,
                    &needed, null);
            }

            if (code == NativeResult.BufferTooSmall)
            {
                texts = new byte[checked((int)needed)];
            }
        }
        while (code == NativeResult.BufferTooSmall);
        if (lost > 0)
        {
            entries.Enqueue(Lost(lost));
        }

        for (int at = 0; at < (int)taken; at++)
        {
            entries.Enqueue(Entry(in read[at]));
        }

        return code == NativeResult.Ok && taken > 0;
    }

    private static LanewayLogEntry Lost(ulong count) => new(
        LanewayLogLevel.Warning, DateTimeOffset.UtcNow, "laneway::log", "log entries were lost: the host did not take them in time",
        $$"""{"count":"{{count}}"}""");

    private LanewayLogEntry Entry(in NativeLog entry)
    {
        int target = (int)entry.TextOffset, message = target + (int)entry.TargetLen;
        int fields = message + (int)entry.MessageLen;
        return new LanewayLogEntry(
            (LanewayLogLevel)entry.Level,
            DateTimeOffset.UnixEpoch.AddMicroseconds(entry.TimestampUs),
            Encoding.UTF8.GetString(texts, target, (int)entry.TargetLen),
            Encoding.UTF8.GetString(texts, message, (int)entry.MessageLen),
            Encoding.UTF8.GetString(texts, fields, (int)entry.FieldsLen));
    }
}
