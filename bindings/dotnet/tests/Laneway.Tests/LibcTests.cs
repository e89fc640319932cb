namespace Laneway.Tests;

using Laneway.Native;

/// <summary>Which C library a process has, by which the native library is chosen.</summary>
public sealed class LibcTests
{
    private const string Musl = "7f0000000000-7f0000001000 r-xp 00000000 00:01 42 /lib/ld-musl-x86_64.so.1";
    private const string Glibc = "7f0000000000-7f0000001000 r-xp 00000000 00:01 42 /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2";

    [Theory]
    [InlineData("linux-musl-x64", Glibc, "musl")]
    [InlineData("linux-musl-arm64", Glibc, "musl")]
    [InlineData("linux-x64", Musl, "glibc")]
    [InlineData("linux-arm64", Glibc, "glibc")]
    [InlineData("alpine.3.23-x64", Glibc, "musl")]
    [InlineData("alpine-arm64", Glibc, "musl")]
    [InlineData("chimera-x64", Musl, "musl")]
    [InlineData("debian.12-x64", Glibc, "glibc")]
    [InlineData("rhel.8-x64", Glibc, "glibc")]
    public void A_portable_rid_names_it_and_else_the_distribution_or_the_loader_does(string rid, string mapped, string libc) =>
        Assert.Equal(libc, NativeLibraryLoader.Libc(rid, () => [mapped]));

    [Fact]
    public void Without_a_list_of_what_is_mapped_it_is_the_usual_one() =>
        Assert.Equal("glibc", NativeLibraryLoader.Libc("some.1-x64", () => []));
}
