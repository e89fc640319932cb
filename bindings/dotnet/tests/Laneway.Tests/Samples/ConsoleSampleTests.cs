namespace Laneway.Tests.Samples;

/// <summary>The console sample, as a program of its own.</summary>
public sealed class ConsoleSampleTests
{
    // In the folder of the tests, as whatever they refer to.
    private static readonly string Sample = Path.Combine(AppContext.BaseDirectory, "Laneway.Samples.Console.dll");

    [Fact]
    public async Task It_loads_documents_and_counts_what_became_of_them()
    {
        string[] files = [.. Recorded.Files("sexDescriptors"), .. Recorded.Files("separationDescriptors"), .. Recorded.Files("classPeriods")];
        int descriptors = files[..2].Sum(file => File.ReadLines(file).Count());
        int refused = Recorded.Files("classPeriods").Sum(file => File.ReadLines(file).Count());
        DirectoryInfo plugins = await PluginFolders.Root();
        await using TestDatabase database = await TestDatabase.DeployedAsync();
        (int exitCode, string said) = await Run(
            [database.ConnectionString, Path.Combine(plugins.FullName, PluginFolders.First), .. files]);
        Assert.True(exitCode == 0, said);
        Assert.Matches($@"(?m)^inserted +{descriptors}$", said);
        // Their schools are nowhere: handed in once more, with no better end.
        Assert.Matches($@"(?m)^invalid_references +{2 * refused}$", said);
        Assert.Equal(descriptors, await database.Count("SELECT count(*) FROM dms.Document"));
    }

    [Fact]
    public async Task It_says_how_it_is_used_and_what_went_wrong()
    {
        Assert.Equal(2, (await Run([])).ExitCode);
        (int exitCode, string said) = await Run(["Host=127.0.0.1", "/nowhere/at/all", "nothing"]);
        Assert.Equal(1, exitCode);
        Assert.Contains("/nowhere/at/all", said, StringComparison.Ordinal);
    }

    private static Task<(int ExitCode, string Said)> Run(IEnumerable<string> arguments) =>
        PluginFolders.Start(Environment.ProcessPath is { } host && Path.GetFileName(host) == "dotnet" ? host : "dotnet", arguments.Prepend(Sample));
}
