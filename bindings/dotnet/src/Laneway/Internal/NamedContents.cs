namespace Laneway.Internal;

using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Laneway.Native;

/// <summary>Files by name in the C ABI's form, pinned until disposed.</summary>
internal sealed unsafe class NamedContents : IDisposable
{
    private readonly List<MemoryHandle> held = [];
    private readonly NativeText* texts;

    internal NamedContents(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> contents)
    {
        Count = (nuint)contents.Count;
        texts = (NativeText*)NativeMemory.AllocZeroed(2 * Count, (nuint)sizeof(NativeText));
        int at = 0;
        foreach ((string name, ReadOnlyMemory<byte> content) in contents)
        {
            Names[at] = Hold(Encoding.UTF8.GetBytes(name));
            Contents[at++] = Hold(content);
        }
    }

    internal nuint Count { get; }

    internal NativeText* Names => texts;

    internal NativeText* Contents => texts + Count;

    public void Dispose()
    {
        held.ForEach(handle => handle.Dispose());
        NativeMemory.Free(texts);
    }

    private NativeText Hold(ReadOnlyMemory<byte> content)
    {
        MemoryHandle handle = content.Pin();
        held.Add(handle);
        return new NativeText { Ptr = (byte*)handle.Pointer, Len = (nuint)content.Length };
    }
}
