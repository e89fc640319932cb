namespace Laneway.Native;

using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

/// <summary>Finds the native library and checks that it fits this assembly.</summary>
internal static unsafe class NativeLibraryLoader
{
    /// <summary>The environment variable with the library's path; if it is set, no other path is tried.</summary>
    internal const string PathVariable = "LANEWAY_NATIVE_LIBRARY";

    private static readonly Lazy<bool> Loaded = new(Load);

    /// <summary>Loads and checks the library once; if it cannot be used, throws the same exception each time.</summary>
    internal static void Ensure() => _ = Loaded.Value;

    private static bool Load()
    {
        NativeLibrary.SetDllImportResolver(typeof(NativeLibraryLoader).Assembly, Resolve);
        uint version = NativeMethods.AbiVersion();
        bool sameMajor = version >> 16 == NativeLayout.AbiVersion >> 16 && version >= NativeLayout.AbiVersion;
        if (!sameMajor || NativeMethods.LayoutHash() != NativeLayout.Hash)
        {
            string build = Marshal.PtrToStringUTF8((nint)NativeMethods.BuildInfo()) ?? "unknown";
            throw new LanewayLibraryException(
                $"The native library ({build}, ABI {Text(version)}) does not fit this assembly "
                + $"({typeof(NativeLibraryLoader).Assembly.GetName().Version}, ABI {Text(NativeLayout.AbiVersion)}): "
                + "use both from one release.");
        }

        return true;
    }

    private static string Text(uint version) => $"{version >> 16}.{version & 0xffff}";

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? search)
    {
        if (name != NativeMethods.Library)
        {
            return 0;
        }

        var tried = new StringBuilder();
        foreach (string path in Candidates())
        {
            if (NativeLibrary.TryLoad(path, out nint handle))
            {
                return handle;
            }

            tried.Append("\n  ").Append(path).Append(File.Exists(path) ? " (exists, but cannot be loaded)" : "");
        }

        // The host's own probing: deps.json, single-file bundles, AOT.
        if (NativeLibrary.TryLoad(name, assembly, search, out nint found))
        {
            return found;
        }

        throw new LanewayLibraryException(
            $"The native library of Laneway was not found. RID {RuntimeInformation.RuntimeIdentifier}, libc {Libc()}, "
            + $"{RuntimeInformation.ProcessArchitecture}. Tried, before the runtime's own search:{tried}\n"
            + $"Set {PathVariable} to the library's path.");
    }

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } named)
        {
            yield return named;
            yield break;
        }

        string file = OperatingSystem.IsWindows() ? "laneway.dll"
            : OperatingSystem.IsMacOS() ? "liblaneway.dylib"
            : "liblaneway.so";
        string home = AppContext.BaseDirectory;
        yield return Path.Combine(home, file);
        yield return Path.Combine(home, "runtimes", RuntimeInformation.RuntimeIdentifier, "native", file);
        yield return Path.Combine(home, "runtimes", PortableRid(), "native", file);
    }

    /// <summary>The portable RID, under which packages contain native libraries, whatever the distribution's own RID.
    /// </summary>
    private static string PortableRid()
    {
        string system = OperatingSystem.IsWindows() ? "win"
            : OperatingSystem.IsMacOS() ? "osx"
            : Libc() == "musl" ? "linux-musl"
            : "linux";
        return system + "-" + (RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64");
    }

    private static string Libc() =>
        !OperatingSystem.IsLinux() ? "none"
        : RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal) ? "musl"
        : "glibc";
}
