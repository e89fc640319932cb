namespace Laneway.Tests.Samples;

using System.Text.Json;
using System.Text.Json.Nodes;
using Laneway.Samples.Dms;

/// <summary>A recorded sequence of operations on an empty store.</summary>
internal sealed record DmsSequence(string Name, IReadOnlyList<DmsStep> Steps, List<string> Store)
{
    private static readonly Lazy<JsonNode> Schema = new(() => JsonNode.Parse(File.ReadAllBytes(SchemaFile))!);

    // Documents may have 64 levels, and a line adds some of its own.
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 80 };

    internal static ResourceEndpoints Endpoints => new([Schema.Value]);

    private static string SchemaFile => Path.Combine(Needs.Data().FullName, "schemas", "ds-5.2.apischema.json");

    /// <summary>The data standard's sequences of some groups, as far as their documents can be extracted.</summary>
    internal static async Task<DmsSequence[]> Read(HashSet<string> groups)
    {
        JsonNode[] recorded = [.. File.ReadLines(Path.Combine(Needs.Data().FullName, "vectors", "upserts.ndjson"))
            .Select(line => JsonNode.Parse(line, documentOptions: Deep)!)
            .Where(one => one["schemas"]!.AsArray().Count == 1 && (string)one["schemas"]![0]! == "ds-5.2")
            .Where(one => groups.Contains(((string)one["name"]!).Split('/')[0]))
            // An unknown strategy is left to the DMS's handler, which does not exist here.
            .Where(one => !((string)one["name"]!).Contains("unknown", StringComparison.Ordinal))];
        JsonNode[] upserts = [.. recorded.SelectMany(StepsOf).Select(step => step["upsert"]).OfType<JsonNode>()];
        var extracted = new Queue<string>(await Extract(upserts));
        return [.. recorded.Select(one => Parse(one, extracted)).OfType<DmsSequence>()];
    }

    private static DmsSequence? Parse(JsonNode recorded, Queue<string> extracted)
    {
        DmsStep?[] steps = [.. StepsOf(recorded).Select(step => DmsStep.Parse(step, extracted, Schema.Value))];
        List<string> store = [.. recorded["store"]!.AsObject().SelectMany(table =>
            table.Value!.AsArray().Select(line => $"{table.Key.Replace('_', ' ')}: {(string)line!}")).Order(StringComparer.Ordinal)];
        return steps.Contains(null) ? null : new DmsSequence((string)recorded["name"]!, steps!, store);
    }

    private static IEnumerable<JsonNode> StepsOf(JsonNode recorded) => recorded["steps"]!.AsArray().Select(step => step!);

    // Without coercion, for the sequences were recorded behind it.
    private static async Task<string[]> Extract(IEnumerable<JsonNode> upserts)
    {
        string file = Path.GetTempFileName();
        await File.WriteAllLinesAsync(file, upserts.Select(upsert => upsert.ToJsonString()));
        (int exitCode, string output) = await PluginFolders.Start(Needs.Program(), ["extract", "--no-coercion", "--schema", SchemaFile, "--", file]);
        File.Delete(file);
        Assert.True(exitCode is 0 or 1, output);
        return output.Split('\n');
    }
}
