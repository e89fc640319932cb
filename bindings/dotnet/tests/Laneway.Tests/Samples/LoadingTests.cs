namespace Laneway.Tests.Samples;

using System.Diagnostics;
using System.Runtime.InteropServices;

/// <summary>How a program ends whose native library cannot be used: the console sample, as a process of its own.</summary>
public sealed class LoadingTests : IDisposable
{
    private const string Variable = "LANEWAY_NATIVE_LIBRARY";

    private static readonly string Sample = Path.Combine(AppContext.BaseDirectory, "Laneway.Samples.Console.dll");

    // The processor's number in ELF.
    private static readonly byte Machine = (byte)(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0xb7 : 0x3e);

    private readonly TemporaryFolder folder = new();

    // Headers of libraries for other platforms: ELF for 64-bit RISC-V, PE for x64, Mach-O for 64-bit ARM.
    public static TheoryData<byte[], string> Files => new()
    {
        { [], "it is empty" },
        { "#!/bin/sh\necho a text of some length, as scripts and notes have it\n"u8.ToArray(), "it is not a library" },
        { Header([0x7f, .. "ELF"u8, 2, 1, 1], (18, 0xf3)), "it is for Linux RiscV64, and this process is Linux" },
        { Header([.. "MZ"u8], (0x3c, 0x80), (0x80, (byte)'P'), (0x81, (byte)'E'), (0x84, 0x64), (0x85, 0x86)), "it is for Windows X64, and this process is Linux" },
        { Header([0xcf, 0xfa, 0xed, 0xfe, 0x0c, 0, 0, 1]), "it is for macOS Arm64, and this process is Linux" },
        { Header([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2]), "it is for macOS on several processors" },
        { [.. Header([0x7f, .. "ELF"u8, 2, 1, 1], (18, Machine)), .. "\0libc.musl-x86_64.so.1\0"u8], "it is for Linux with musl, and this process runs with glibc" },
        // Cut short: the system says why.
        { Header([0x7f, .. "ELF"u8, 2, 1, 1], (18, Machine)), "liblaneway.so" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_named_file_that_is_no_library_for_this_process_is_named_with_the_reason(byte[] content, string reason)
    {
        string file = Path.Combine(folder.FullName, "liblaneway.so");
        await File.WriteAllBytesAsync(file, content);
        await Refused(file, reason);
    }

    [Fact]
    public async Task A_named_file_that_is_missing_or_a_folder_is_named_and_no_other_is_loaded()
    {
        await Refused("/nonexistent.so", "there is no such file");
        await Refused(folder.FullName, "it is a folder");
    }

    [Fact]
    public async Task Another_library_and_another_version_are_distinguished()
    {
        string other = await Compiled("int other(void) { return 1; }");
        Assert.Contains($"{other} is a library, but not Laneway's", await Failure(other), StringComparison.Ordinal);
        string version = await Compiled(
            """
            unsigned laneway_abi_version(void) { return 0x00020003; }
            unsigned long laneway_layout_hash(void) { return 1; }
            const char *laneway_build_info(void) { return "laneway 9.9.9"; }
            """);
        string failure = await Failure(version);
        Assert.Contains($"{version} (laneway 9.9.9, ABI 2.3) does not fit this assembly", failure, StringComparison.Ordinal);
        Assert.Contains("use both from one release", failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_library_is_reported_with_each_place_once_and_how_to_get_one()
    {
        string failure = await Failure(null);
        string[] places = [.. failure.Split('\n').Where(line => line.StartsWith("  /", StringComparison.Ordinal))];
        Assert.Equal(places.Distinct(), places);
        Assert.InRange(places.Length, 2, 3);
        Assert.All(places, place => Assert.EndsWith(": there is no such file", place, StringComparison.Ordinal));
        Assert.Contains("The package Laneway contains libraries", failure, StringComparison.Ordinal);
        Assert.Equal(failure, await Failure(""));
    }

    public void Dispose() => folder.Dispose();

    private static async Task Refused(string file, string reason)
    {
        string failure = await Failure(file);
        Assert.StartsWith($"{Variable} names {file}, which cannot be loaded: ", failure, StringComparison.Ordinal);
        Assert.Contains(reason, failure, StringComparison.Ordinal);
        Assert.Contains("The package Laneway contains libraries", failure, StringComparison.Ordinal);
    }

    /// <summary>What the sample prints as it ends; with one line, no trace.</summary>
    private static async Task<string> Failure(string? library)
    {
        var start = new ProcessStartInfo("dotnet", [Sample, "Host=127.0.0.1;Port=1", "/nowhere", "/dev/null"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Set by cargo where it runs the tests: the system's own search would find the library that it built.
        start.Environment.Remove("LD_LIBRARY_PATH");
        start.Environment[Variable] = library;
        if (library is null)
        {
            start.Environment.Remove(Variable);
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 3, await output + await error);
        Assert.DoesNotContain("   at ", await error, StringComparison.Ordinal);
        return (await error).Trim();
    }

    private static byte[] Header(byte[] first, params (int At, byte Value)[] others)
    {
        var header = new byte[256];
        first.CopyTo(header, 0);
        foreach ((int at, byte value) in others)
        {
            header[at] = value;
        }

        return header;
    }

    private async Task<string> Compiled(string source)
    {
        string file = Path.Combine(folder.FullName, $"{Guid.NewGuid():N}.c");
        string library = Path.ChangeExtension(file, ".so");
        await File.WriteAllTextAsync(file, source);
        (int exitCode, string output) = await PluginFolders.Start("cc", ["-shared", "-fPIC", "-o", library, file]);
        Assert.True(exitCode == 0, output);
        return library;
    }
}
