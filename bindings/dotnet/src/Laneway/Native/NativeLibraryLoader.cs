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

    // Where it was found; null: by the host's own probing.
    private static string? found;

    /// <summary>Loads and checks the library once; if it cannot be used, throws the same exception each time.</summary>
    internal static void Ensure() => _ = Loaded.Value;

    private static bool Load()
    {
        NativeLibrary.SetDllImportResolver(typeof(NativeLibraryLoader).Assembly, Resolve);
        uint version;
        try
        {
            version = NativeMethods.AbiVersion();
        }
        catch (EntryPointNotFoundException)
        {
            throw new LanewayLibraryException($"{Found()} is a library, but not Laneway's. {HowToGetOne()}");
        }

        bool sameMajor = version >> 16 == NativeLayout.AbiVersion >> 16 && version >= NativeLayout.AbiVersion;
        if (!sameMajor || NativeMethods.LayoutHash() != NativeLayout.Hash)
        {
            string build = Marshal.PtrToStringUTF8((nint)NativeMethods.BuildInfo()) ?? "unknown";
            throw new LanewayLibraryException(
                $"{Found()} ({build}, ABI {Text(version)}) does not fit this assembly "
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

        if (Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } named)
        {
            found = Path.GetFullPath(named);
            return TryLoad(found, out nint handle, out string problem)
                ? handle
                : throw new LanewayLibraryException(
                    $"{PathVariable} names {found}, which cannot be loaded: {problem}. {HowToGetOne()}");
        }

        var tried = new StringBuilder();
        foreach (string path in Candidates().Distinct())
        {
            if (TryLoad(path, out nint handle, out string problem))
            {
                found = path;
                return handle;
            }

            tried.Append("\n  ").Append(path).Append(": ").Append(problem);
        }

        // The host's own probing: deps.json, single-file bundles, AOT.
        if (NativeLibrary.TryLoad(name, assembly, search, out nint probed))
        {
            return probed;
        }

        throw new LanewayLibraryException(
            $"The native library of Laneway was not found for {PortableRid()}. Tried, beside the runtime's own search:{tried}\n"
            + HowToGetOne());
    }

    private static bool TryLoad(string path, out nint handle, out string problem)
    {
        (handle, problem) = (0, "");
        if (NativeLibraryFile.Problem(path) is { } reason)
        {
            problem = reason;
            return false;
        }

        try
        {
            handle = NativeLibrary.Load(path);
            return true;
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            // The system's reason, such as a library that this one needs and that is missing.
            problem = exception.Message.Trim().TrimEnd('.');
            return false;
        }
    }

    private static string Found() => found is null ? "The native library" : $"The native library {found}";

    private static string HowToGetOne() =>
        "The package Laneway contains libraries (runtimes/<rid>/native); for another platform, build one "
        + $"by `cargo build --release -p laneway-ffi` and name it by {PathVariable}.";

    private static IEnumerable<string> Candidates()
    {
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

    internal static string Libc() => OperatingSystem.IsLinux() ? Libc(RuntimeInformation.RuntimeIdentifier, Mapped) : "none";

    /// <summary>The C library of a process with this RID; <paramref name="mapped"/> gives the files that are mapped into it.
    /// </summary>
    internal static string Libc(string rid, Func<IEnumerable<string>> mapped)
    {
        if (rid.StartsWith("linux-", StringComparison.Ordinal))
        {
            return rid.StartsWith("linux-musl-", StringComparison.Ordinal) ? "musl" : "glibc";
        }

        // A .NET that a distribution has built names that: alpine.3.23-x64, chimera-x64, debian.12-x64. What loads programs
        // is a file of the C library's, and is named after it.
        return rid.StartsWith("alpine", StringComparison.Ordinal)
            || mapped().Any(line => line.Contains("/ld-musl-", StringComparison.Ordinal)) ? "musl" : "glibc";
    }

    private static IEnumerable<string> Mapped()
    {
        try
        {
            return File.ReadAllLines("/proc/self/maps");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
