namespace Laneway.Internal;

using System.Text;
using Laneway.Native;

/// <summary>Texts in the C ABI's form, written one after another into a buffer.</summary>
internal static unsafe class Utf8Text
{
    /// <summary>The most bytes that a text needs.</summary>
    internal static int SizeMax(string? text) => text is null ? 0 : Encoding.UTF8.GetMaxByteCount(text.Length);

    /// <summary>Writes a text at <paramref name="at"/>, which must have room for it, and advances the pointer.</summary>
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
