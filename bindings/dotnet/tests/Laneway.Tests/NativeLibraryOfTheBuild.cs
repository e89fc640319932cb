namespace Laneway.Tests;

using System.Runtime.CompilerServices;

/// <summary>If <c>LANEWAY_NATIVE_LIBRARY</c> is not set, the tests use the library that <c>cargo build -p laneway-ffi</c>
/// has built.</summary>
internal static class NativeLibraryOfTheBuild
{
    [ModuleInitializer]
    internal static void Find()
    {
        const string Variable = "LANEWAY_NATIVE_LIBRARY";
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 })
        {
            return;
        }

        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string target = Environment.GetEnvironmentVariable("CARGO_TARGET_DIR") ?? Path.Combine(folder.FullName, "target");
            string file = Path.Combine(target, "debug", "liblaneway.so");
            if (File.Exists(Path.Combine(folder.FullName, "Cargo.toml")) && File.Exists(file))
            {
                Environment.SetEnvironmentVariable(Variable, file);
                return;
            }
        }
    }
}
