namespace Laneway.Tests;

using System.Text.Json;

/// <summary>The benchmark of the whole way from .NET, as <c>laneway bench</c> runs it.</summary>
public sealed class BenchTests
{
    // Built with the tests, in its own folder: what it refers to is not for them.
    private static readonly string Program = Path.Combine(
        AppContext.BaseDirectory.Replace(
            Path.Combine("tests", "Laneway.Tests"), Path.Combine("benchmarks", "Laneway.Benchmarks"), StringComparison.Ordinal),
        "Laneway.Benchmarks.dll");

    [Fact]
    public async Task The_same_documents_are_loaded_from_dotnet_beside_the_program()
    {
        _ = Needs.Server();
        using var folder = new TemporaryFolder();
        string report = Path.Combine(folder.FullName, "bench.json");
        string[] arguments =
        [
            "bench", "--url", Environment.GetEnvironmentVariable("LANEWAY_DATABASE_URL")!, "--dotnet", Program, "--output", report,
            "--systems", "laneway", "--documents", "150", "--callers", "4", "--rounds", "1",
        ];
        (int exitCode, string output) = await PluginFolders.Start(Needs.Program(), arguments);
        Assert.True(exitCode == 0, output);
        using JsonDocument json = JsonDocument.Parse(await File.ReadAllTextAsync(report));
        JsonElement[] lines = [.. json.RootElement.GetProperty("lines").EnumerateArray()];
        Assert.Equal(["laneway", "dotnet"], lines.Select(line => line.GetProperty("system").GetString()));
        JsonElement[] figures = [.. lines.Select(line => line.GetProperty("rounds")[0])];
        Assert.All(figures, round => Assert.Equal(0, round.GetProperty("failed").GetInt32()));
        Assert.All(figures, round => Assert.True(round.GetProperty("docs_per_second").GetDouble() > 0));
        JsonElement latency = figures[1].GetProperty("latency_ms");
        double[] waits = [.. latency.EnumerateObject().Select(percentile => percentile.Value.GetDouble())];
        Assert.Equal(waits.Order(), waits);
        Assert.True(waits[0] > 0 && figures[1].GetProperty("own_cpu_s").GetDouble() > 0, latency.ToString());
        // An outcome and its task each, at the least.
        Assert.True(figures[1].GetProperty("allocated_bytes").GetDouble() > 0);
    }
}
