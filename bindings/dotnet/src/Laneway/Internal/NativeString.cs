namespace Laneway.Internal;

using System.Runtime.InteropServices;
using Laneway.Native;

/// <summary>A string in the C ABI's form, in native memory.</summary>
internal readonly unsafe ref struct NativeString
{
    private readonly void* memory;

    internal NativeString(string text)
    {
        memory = NativeMemory.Alloc((nuint)Utf8Text.SizeMax(text));
        var at = (byte*)memory;
        Text = Utf8Text.Write(text, ref at);
    }

    internal NativeText Text { get; }

    public void Dispose() => NativeMemory.Free(memory);
}
