namespace Laneway.Tests;

/// <summary>A folder of a test's own, gone after it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("laneway-tests-");

    internal string FullName => folder.FullName;

    public void Dispose() => folder.Delete(recursive: true);
}
