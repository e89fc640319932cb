namespace Laneway.Tests;

using System.Text;
using System.Text.Json;

/// <summary>The recorded documents beside the repository, as upserts.</summary>
internal static class Recorded
{
    internal static Task<LanewayPlugins> Plugins()
    {
        string schema = Path.Combine(Needs.Data().FullName, "schemas", "ds-5.2.apischema.json");
        return LanewayPlugins.FromSchemasAsync(
            new Dictionary<string, ReadOnlyMemory<byte>> { ["ds-5.2"] = File.ReadAllBytes(schema) });
    }

    /// <summary>The documents, each after those that it refers to.</summary>
    /// <param name="endpoint">Only those of an endpoint; <c>null</c>: all.</param>
    internal static IEnumerable<UpsertRequest> Documents(string? endpoint = null) => Files(endpoint).SelectMany(File.ReadLines).Select(Parse);

    internal static string[] Files(string? endpoint = null) =>
        [.. Directory.GetFiles(Path.Combine(Needs.Data().FullName, "documents"), $"*-{endpoint ?? "*"}.ndjson").Order(StringComparer.Ordinal)];

    private static UpsertRequest Parse(string line)
    {
        using JsonDocument parsed = JsonDocument.Parse(line);
        return new UpsertRequest
        {
            Project = parsed.RootElement.GetProperty("project").GetString()!,
            Endpoint = parsed.RootElement.GetProperty("endpoint").GetString()!,
            Document = Encoding.UTF8.GetBytes(parsed.RootElement.GetProperty("body").GetRawText()),
            TraceId = "dotnet-tests",
        };
    }
}
