// Loads documents into a store, one call a document, and tells what became of them.
using System.Collections.Concurrent;
using System.Text.Json;
using Laneway;

const int Callers = 64;

if (args.Length < 3)
{
    Console.Error.WriteLine(
        """
        usage: Laneway.Samples.Console CONNECTION PLUGINS FILE.ndjson…

          CONNECTION  Npgsql's connection string, or a URL, of a database that `laneway deploy` made a store
          PLUGINS     a folder that `laneway plugin compile` wrote
          FILE        documents, one a line: {"project", "endpoint", "body"}
        """);
    return 2;
}

try
{
    // Native threads and one queue of completions, for any number of stores.
    await using var runtime = new LanewayRuntime();
    using LanewayPlugins plugins = await LanewayPlugins.FromFolderAsync(args[1]);
    await using LanewayClient client = await runtime.OpenAsync(
        new LanewayStoreOptions
        {
            ConnectionString = args[0],
            Plugins = plugins,
            // Off by default: a host that adopts Laneway switches it on when it wants to.
            Limits = new LanewayLimits { Batching = true },
        });

    var outcomes = new ConcurrentDictionary<string, int>();
    IReadOnlyCollection<UpsertRequest> left = [.. args[2..].SelectMany(File.ReadLines).Select(Parse)];
    int handedInAgain = 0;
    while (true)
    {
        IReadOnlyCollection<UpsertRequest> refused = await HandIn(client, left, outcomes);
        // Independent callers may come before what they refer to. When a round has stored nothing, nothing will.
        if (refused.Count == 0 || refused.Count == left.Count)
        {
            break;
        }

        handedInAgain += refused.Count;
        left = refused;
    }

    foreach ((string outcome, int count) in outcomes.OrderBy(pair => pair.Key, StringComparer.Ordinal))
    {
        Console.WriteLine($"{outcome,-20} {count,8}");
    }

    LanewayStats stats = client.GetStats();
    Console.WriteLine($"handed in again      {handedInAgain,8}");
    Console.WriteLine($"transactions         {stats.Transactions,8}");
    return 0;
}
catch (LanewayException exception)
{
    // What happened, where, and what to do.
    Console.Error.WriteLine(exception.Message);
    return 1;
}

static async Task<IReadOnlyCollection<UpsertRequest>> HandIn(
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
