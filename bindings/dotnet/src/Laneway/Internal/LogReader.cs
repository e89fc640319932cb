namespace Laneway.Internal;

using System.Text;
using Laneway.Native;

/// <summary>Reads the native library's log entries and passes them to the host. Used by the pump's thread only.</summary>
internal sealed unsafe class LogReader(ulong runtime, Action<LanewayLogEntry>? logs)
{
    private const int EntriesMax = 64;
    private const int TextsSize = 64 * 1024;

    /// <summary>Reads all entries.</summary>
    internal void Read()
    {
        var entries = stackalloc NativeLog[EntriesMax];
        byte[] texts = new byte[TextsSize];
        while (true)
        {
            nuint taken = 0, needed = 0;
            ulong dropped = 0;
            NativeResult code;
            fixed (byte* buffer = texts)
            {
                code = NativeMethods.LogsRead(
                    runtime, entries, EntriesMax, (nuint)sizeof(NativeLog), buffer, (nuint)texts.Length, &taken, &dropped,
                    &needed, null);
            }

            if (code != NativeResult.Ok || taken == 0)
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
#pragma warning disable CA1031 // A host's logger that throws must not end the pump, on which every upsert depends.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}
