namespace Laneway.Tests;

/// <summary>A test's own folder, which is deleted at its end.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("laneway-tests-");

    internal string FullName => folder.FullName;

    public void Dispose() => folder.Delete(recursive: true);
}
