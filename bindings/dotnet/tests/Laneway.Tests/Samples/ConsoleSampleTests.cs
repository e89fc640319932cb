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
        // Some were refused.
        Assert.True(exitCode == 1, output);
        Assert.Matches($@"(?m)^inserted +{descriptors}$", output);
        // Their schools do not exist: they are retried once, without success.
        Assert.Matches($@"(?m)^invalid_references +{2 * refused}$", output);
        Assert.Equal(descriptors, await database.Count("SELECT count(*) FROM dms.Document"));
    }

    [Fact]
    public async Task The_sample_prints_its_usage_and_its_errors()
    {
        Assert.Equal(2, (await Run([])).ExitCode);
        string[][] missing =
        [
            ["Host=127.0.0.1;Port=1", PluginFolders.SmallSchema, "/dev/null"],
            ["Host=127.0.0.1;Port=1", "/nowhere/at/all", "/dev/null"],
            ["Host=127.0.0.1;Port=1", PluginFolders.SmallSchema, "/no/documents"],
        ];
        string[] named = ["127.0.0.1:1", "/nowhere/at/all", "/no/documents"];
        foreach ((string[] arguments, string name) in missing.Zip(named))
        {
            (int exitCode, string output) = await Run(arguments);
            Assert.True(exitCode == 3 && output.Contains(name, StringComparison.Ordinal), $"{exitCode}: {output}");
            Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_sample_starts_on_an_empty_database_and_ends_with_0_if_all_is_stored()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        using var folder = new TemporaryFolder();
        string documents = Path.Combine(folder.FullName, "people.ndjson");
        await File.WriteAllLinesAsync(documents, Enumerable.Range(0, 30).Select(
            at => $$$"""{"project":"demo","endpoint":"people","body":{"personId":"{{{at}}}"}}"""));
        (int exitCode, string output) = await Run([database.ConnectionString, PluginFolders.SmallSchema, documents]);
        Assert.True(exitCode == 0, output);
        Assert.Matches("(?m)^inserted +30$", output);
        Assert.Equal(30, await database.Count("SELECT count(*) FROM dms.Document"));
    }

    private static Task<(int ExitCode, string Output)> Run(IEnumerable<string> arguments) =>
        PluginFolders.Start(Environment.ProcessPath is { } host && Path.GetFileName(host) == "dotnet" ? host : "dotnet", arguments.Prepend(Sample));
}
