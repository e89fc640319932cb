namespace Laneway.Internal;

using System.Text;
using Laneway.Native;

/// <summary>Texts that the native library writes into a buffer, which grows where it is too small.</summary>
internal static unsafe class FilledText
{
    /// <summary>A call that writes a text, ended by a NUL, and how many bytes it needs.</summary>
    internal delegate NativeResult Fill(byte* buffer, nuint size, nuint* needed, NativeError* error);

    /// <summary>The text that a call writes.</summary>
    /// <exception cref="LanewayException">The call failed.</exception>
    internal static string Read(int size, Fill fill)
    {
        while (true)
        {
            var text = new byte[size];
            nuint needed;
            NativeError error = NativeCalls.NewError();
            fixed (byte* buffer = text)
            {
                NativeResult code = fill(buffer, (nuint)size, &needed, &error);
                if (code == NativeResult.Ok)
                {
                    return Encoding.UTF8.GetString(text, 0, (int)needed - 1);
                }

                if (code != NativeResult.BufferTooSmall)
                {
                    throw NativeCalls.Exception(code, in error);
                }
            }

            size = checked((int)needed);
        }
    }
}
