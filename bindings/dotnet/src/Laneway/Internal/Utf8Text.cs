namespace Laneway.Internal;

using System.Text;
using Laneway.Native;

/// <summary>Texts as the native library takes them, written one behind another.</summary>
internal static unsafe class Utf8Text
{
    /// <summary>What a text needs at most.</summary>
    internal static int SizeMax(string? text) => text is null ? 0 : Encoding.UTF8.GetMaxByteCount(text.Length);

    /// <summary>Writes a text at <paramref name="at"/>, where there is room for it, and moves that behind it.</summary>
    internal static NativeText Write(string? text, ref byte* at)
    {
        if (string.IsNullOrEmpty(text))
        {
            return default;
        }

        int length = Encoding.UTF8.GetBytes(text, new Span<byte>(at, SizeMax(text)));
        var written = new NativeText { Ptr = at, Len = (nuint)length };
        at += length;
        return written;
    }
}
