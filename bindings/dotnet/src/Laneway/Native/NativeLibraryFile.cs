namespace Laneway.Native;

using System.Buffers.Binary;
using System.Runtime.InteropServices;

/// <summary>Says of a file that cannot be loaded as a library why not, from its first bytes. Knows nothing of where libraries
/// are looked for.</summary>
internal static class NativeLibraryFile
{
    // Enough for the headers of all formats.
    private const int HeaderBytes = 1024;

    /// <summary>Why a file is not a library for this process; <c>null</c>: it looks like one.</summary>
    internal static string? Problem(string path)
    {
        if (Directory.Exists(path))
        {
            return "it is a folder";
        }

        if (!File.Exists(path))
        {
            return "there is no such file";
        }

        try
        {
            using FileStream file = File.OpenRead(path);
            var header = new byte[HeaderBytes];
            int read = file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false);
            return Problem(header.AsSpan(0, read), path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.Message;
        }
    }

    private static string? Problem(ReadOnlySpan<byte> header, string path)
    {
        if (header.IsEmpty)
        {
            return "it is empty";
        }

        if (Made(header) is not var (system, architecture))
        {
            return "it is not a library";
        }

        string here = $"{System()} {RuntimeInformation.ProcessArchitecture}";
        if (system != System() || (architecture is not null && architecture != $"{RuntimeInformation.ProcessArchitecture}"))
        {
            return $"it is for {system} {architecture ?? "on several processors"}, and this process is {here}";
        }

        return system == "Linux" && Libc(path) is { } libc && libc != NativeLibraryLoader.Libc()
            ? $"it is for Linux with {libc}, and this process runs with {NativeLibraryLoader.Libc()}"
            : null;
    }

    private static string System() => OperatingSystem.IsWindows() ? "Windows" : OperatingSystem.IsMacOS() ? "macOS" : "Linux";

    /// <summary>The system and the processor (as <see cref="Architecture"/> names it) that a library was made for; without a
    /// processor: for several.</summary>
    private static (string System, string? Architecture)? Made(ReadOnlySpan<byte> header)
    {
        const int ElfMachineAt = 18, PeOffsetAt = 0x3c;
        if (header.Length > ElfMachineAt + 1 && header.StartsWith("\u007fELF"u8))
        {
            return ("Linux", Elf(BinaryPrimitives.ReadUInt16LittleEndian(header[ElfMachineAt..])));
        }

        if (header.Length > PeOffsetAt + 4 && header.StartsWith("MZ"u8))
        {
            int at = BinaryPrimitives.ReadInt32LittleEndian(header[PeOffsetAt..]);
            bool whole = at > 0 && at <= header.Length - 6;
            return ("Windows", whole ? Pe(BinaryPrimitives.ReadUInt16LittleEndian(header[(at + 4)..])) : null);
        }

        return header.Length < 8 ? null : BinaryPrimitives.ReadUInt32LittleEndian(header) switch
        {
            0xfeedfacf => ("macOS", MachO(BinaryPrimitives.ReadUInt32LittleEndian(header[4..]))),
            0xbebafeca => ("macOS", null),
            _ => null,
        };
    }

    private static string? Elf(ushort machine) => machine switch
    {
        0x03 => "X86",
        0x3e => "X64",
        0x28 => "Arm",
        0xb7 => "Arm64",
        0xf3 => "RiscV64",
        _ => null,
    };

    private static string? Pe(ushort machine) => machine switch
    {
        0x014c => "X86",
        0x8664 => "X64",
        0xaa64 => "Arm64",
        _ => null,
    };

    private static string? MachO(uint processor) => processor switch
    {
        0x01000007 => "X64",
        0x0100000c => "Arm64",
        _ => null,
    };

    /// <summary>The C library that an ELF library names among those it needs; <c>null</c>: neither of the two.</summary>
    private static string? Libc(string path)
    {
        // Only of a file that could not be loaded: that it is read whole does not matter.
        ReadOnlySpan<byte> content = File.ReadAllBytes(path);
        // Ours for musl names it as musl itself does, Alpine's own libraries as Alpine does.
        return content.IndexOf("\0libc.so\0"u8) >= 0 || content.IndexOf("libc.musl-"u8) >= 0 ? "musl" : content.IndexOf("libc.so.6\0"u8) >= 0 ? "glibc" : null;
    }
}
