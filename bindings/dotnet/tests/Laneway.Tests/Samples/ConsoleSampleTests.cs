namespace Laneway.Tests.Samples;

/// <summary>The console sample, as a program of its own.</summary>
public sealed class ConsoleSampleTests
{
    // Copied beside the tests, as all assemblies that they refer to.
    private static readonly string Sample = Path.Combine(AppContext.BaseDirectory, "Laneway.Samples.Console.dll");

    [Fact]
    public async Task The_sample_loads_documents_and_counts_outcomes()
    {
        string[] files = [.. Recorded.Files("sexDescriptors"), .. Recorded.Files("separationDescriptors"), .. Recorded.Files("classPeriods")];
        int descriptors = files[..2].Sum(file => File.ReadLines(file).Count());
        int refused = Recorded.Files("classPeriods").Sum(file => File.ReadLines(file).Count());
        DirectoryInfo plugins = await PluginFolders.Root();
        await using TestDatabase database = await TestDatabase.DeployedAsync();
        (int exitCode, string output) = await Run(
            [database.ConnectionString, Path.Combine(plugins.FullName, PluginFolders.First), .. files]);
        Assert.True(exitCode == 0, output);
        Assert.Matches($@"(?m)^inserted +{descriptors}$", output);
        // Their schools do not exist: they are retried once, without success.
        Assert.Matches($@"(?m)^invalid_references +{2 * refused}$", output);
        Assert.Equal(descriptors, await database.Count("SELECT count(*) FROM dms.Document"));
    }

    [Fact]
    public async Task The_sample_prints_its_usage_and_its_errors()
    {
        Assert.Equal(2, (await Run([])).ExitCode);
        (int exitCode, string output) = await Run(["Host=127.0.0.1", "/nowhere/at/all", "nothing"]);
        Assert.Equal(1, exitCode);
        Assert.Contains("/nowhere/at/all", output, StringComparison.Ordinal);
    }

    private static Task<(int ExitCode, string Output)> Run(IEnumerable<string> arguments) =>
        PluginFolders.Start(Environment.ProcessPath is { } host && Path.GetFileName(host) == "dotnet" ? host : "dotnet", arguments.Prepend(Sample));
}
