// Loads documents into a store, one call per document, and counts the outcomes.
using System.Collections.Concurrent;
using System.Text.Json;
using Laneway;

const int Callers = 64;

if (args.Length < 3)
{
    Console.Error.WriteLine(
        """
        usage: Laneway.Samples.Console CONNECTION SCHEMA FILE.ndjson…

          CONNECTION  a database: an Npgsql connection string or a URL
          SCHEMA      an ApiSchema file, or a folder of plugins that `laneway plugin compile` has written
          FILE        documents, one per line: {"project", "endpoint", "body"}

        exit codes: 0 all documents are stored, 1 some were refused, 2 usage, 3 it could not begin
        """);
    return Exit.Usage;
}

try
{
    // Native threads and a queue of completions, shared by any number of stores.
    await using var runtime = new LanewayRuntime();
    IReadOnlyCollection<UpsertRequest> left = [.. args[2..].SelectMany(File.ReadLines).Select(Parse)];
    using LanewayPlugins plugins = await Load(args[1]);
    // Creates the store's tables if they are not there.
    await runtime.DeployAsync(args[0]);
    await using LanewayClient client = await runtime.OpenAsync(
        new LanewayStoreOptions
        {
            ConnectionString = args[0],
            Plugins = plugins,
            // Off by default, so that a host can adopt Laneway first and batching later.
            Limits = new LanewayLimits { Batching = true },
        });

    var outcomes = new ConcurrentDictionary<string, int>();
    int retried = 0, documents = left.Count;
    while (true)
    {
        IReadOnlyCollection<UpsertRequest> refused = await Upsert(client, left, outcomes);
        // A document may be submitted before one that it refers to, so refused ones are retried while rounds store any.
        if (refused.Count == 0 || refused.Count == left.Count)
        {
            break;
        }

        retried += refused.Count;
        left = refused;
    }

    foreach ((string outcome, int count) in outcomes.OrderBy(pair => pair.Key, StringComparer.Ordinal))
    {
        Console.WriteLine($"{outcome,-20} {count,8}");
    }

    LanewayStats stats = client.GetStats();
    Console.WriteLine($"retried              {retried,8}");
    Console.WriteLine($"transactions         {stats.Transactions,8}");
    long stored = stats.Outcomes["inserted"] + stats.Outcomes["updated"];
    return stored == documents ? Exit.Stored : Exit.Refused;
}
catch (Exception exception) when (exception is LanewayException or ArgumentException
    or IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException)
{
    // The message says what failed and what to do.
    Console.Error.WriteLine(exception.Message);
    return Exit.NotBegun;
}

static async Task<LanewayPlugins> Load(string schema) => File.Exists(schema)
    ? await LanewayPlugins.FromSchemasAsync(
        new Dictionary<string, ReadOnlyMemory<byte>> { [schema] = await File.ReadAllBytesAsync(schema) })
    : await LanewayPlugins.FromFolderAsync(schema);

static async Task<IReadOnlyCollection<UpsertRequest>> Upsert(
    LanewayClient client, IReadOnlyCollection<UpsertRequest> documents, ConcurrentDictionary<string, int> outcomes)
{
    var refused = new ConcurrentBag<UpsertRequest>();
    await Parallel.ForEachAsync(
        documents,
        new ParallelOptions { MaxDegreeOfParallelism = Callers },
        async (document, cancellation) =>
        {
            UpsertOutcome outcome = await client.UpsertAsync(document, cancellation);
            outcomes.AddOrUpdate(outcome.Name, 1, static (_, count) => count + 1);
            if (outcome is UpsertOutcome.InvalidReferences or UpsertOutcome.InvalidDescriptors)
            {
                refused.Add(document);
            }
        });
    return refused;
}

static UpsertRequest Parse(string line)
{
    using JsonDocument parsed = JsonDocument.Parse(line);
    JsonElement root = parsed.RootElement;
    return new UpsertRequest
    {
        Project = root.GetProperty("project").GetString()!,
        Endpoint = root.GetProperty("endpoint").GetString()!,
        Document = System.Text.Encoding.UTF8.GetBytes(root.GetProperty("body").GetRawText()),
        TraceId = "console-sample",
    };
}

/// <summary>How the program ends.</summary>
internal static class Exit
{
    internal const int Stored = 0;
    internal const int Refused = 1;
    internal const int Usage = 2;
    internal const int NotBegun = 3;
}
