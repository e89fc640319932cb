namespace Laneway.Internal;

using System.Runtime.InteropServices;
using Laneway.Native;

/// <summary>Options of plugins in the C ABI's form, in one block of native memory.</summary>
internal readonly unsafe ref struct NativePluginsSettings
{
    internal NativePluginsSettings(LanewayPluginsOptions? options)
    {
        if (options is null)
        {
            return;
        }

        string? codeCache = options.CodeCacheFolder is { } folder ? Path.GetFullPath(folder) : null;
        int keys = options.TrustedKeys.Count;
        int texts = Utf8Text.SizeMax(options.AllowList) + Utf8Text.SizeMax(codeCache) + options.TrustedKeys.Sum(Utf8Text.SizeMax);
        Options = (NativePluginsOptions*)NativeMemory.Alloc(
            (nuint)(sizeof(NativePluginsOptions) + (keys * sizeof(NativeText)) + texts));
        var key = (NativeText*)(Options + 1);
        var text = (byte*)(key + keys);
        *Options = new NativePluginsOptions
        {
            StructSize = (uint)sizeof(NativePluginsOptions),
            HasAllowList = options.AllowList is null ? 0u : 1,
            AllowList = Utf8Text.Write(options.AllowList, ref text),
            TrustedKeys = key,
            TrustedKeysCount = (nuint)keys,
            CodeCache = Utf8Text.Write(codeCache, ref text),
        };
        foreach (string pem in options.TrustedKeys)
        {
            *key++ = Utf8Text.Write(pem, ref text);
        }
    }

    /// <summary>The options; <c>null</c>: the defaults.</summary>
    internal NativePluginsOptions* Options { get; }

    public void Dispose() => NativeMemory.Free(Options);
}
