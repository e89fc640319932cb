namespace Laneway.Internal;

using System.Runtime.InteropServices;
using Laneway.Native;

/// <summary>Options of plugins as the native library takes them, in one piece of native memory.</summary>
internal readonly unsafe ref struct NativePluginsSettings
{
    internal NativePluginsSettings(LanewayPluginsOptions? given)
    {
        if (given is null)
        {
            return;
        }

        string? codeCache = given.CodeCacheFolder is { } folder ? Path.GetFullPath(folder) : null;
        int keys = given.TrustedKeys.Count;
        int texts = Utf8Text.SizeMax(given.AllowList) + Utf8Text.SizeMax(codeCache) + given.TrustedKeys.Sum(Utf8Text.SizeMax);
        Options = (NativePluginsOptions*)NativeMemory.Alloc(
            (nuint)(sizeof(NativePluginsOptions) + (keys * sizeof(NativeText)) + texts));
        var key = (NativeText*)(Options + 1);
        var text = (byte*)(key + keys);
        *Options = new NativePluginsOptions
        {
            StructSize = (uint)sizeof(NativePluginsOptions),
            HasAllowList = given.AllowList is null ? 0u : 1,
            AllowList = Utf8Text.Write(given.AllowList, ref text),
            TrustedKeys = key,
            TrustedKeysCount = (nuint)keys,
            CodeCache = Utf8Text.Write(codeCache, ref text),
        };
        foreach (string pem in given.TrustedKeys)
        {
            *key++ = Utf8Text.Write(pem, ref text);
        }
    }

    /// <summary><c>null</c>: the defaults.</summary>
    internal NativePluginsOptions* Options { get; }

    public void Dispose() => NativeMemory.Free(Options);
}
