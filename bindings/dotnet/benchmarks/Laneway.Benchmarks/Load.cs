namespace Laneway.Benchmarks;

using System.Diagnostics;
using System.Text;
using System.Text.Json;

/// <summary>The whole way from .NET to the database: what <c>laneway bench --dotnet</c> runs beside its own. Reads the documents,
/// prints <c>ready</c>, begins at a line on standard input, and prints what it took as one JSON object.</summary>
internal static class Load
{
    // Enough that what the compiler does anew after some calls is done before the first document.
    private const int EchoesEach = 200;

    /// <summary>Runs the load that <paramref name="args"/> describe: DOCUMENTS CALLERS BATCH_ITEMS_MAX SCHEMA…</summary>
    internal static async Task RunAsync(string[] args)
    {
        string database = Environment.GetEnvironmentVariable("LANEWAY_BENCH_URL")
            ?? throw new ArgumentException("LANEWAY_BENCH_URL names no database.");
        UpsertRequest[] requests = Read(args[0]);
        int callers = int.Parse(args[1], null);
        var schemas = args[3..].ToDictionary(path => path, path => (ReadOnlyMemory<byte>)File.ReadAllBytes(path));
        await using var runtime = new LanewayRuntime();
        await Echo(runtime, requests[0], callers).ConfigureAwait(false);
        using LanewayPlugins plugins = await LanewayPlugins.FromSchemasAsync(schemas).ConfigureAwait(false);
        await using LanewayClient client = await runtime.OpenAsync(
            new LanewayStoreOptions
            {
                ConnectionString = database,
                Plugins = plugins,
                Limits = new LanewayLimits { Batching = true, BatchItemsMax = int.Parse(args[2], null) },
            }).ConfigureAwait(false);
        var run = new Run(client, requests);
        Console.WriteLine("ready");
        Console.ReadLine();
        Console.WriteLine(JsonSerializer.Serialize(await run.LoadAsync(callers).ConfigureAwait(false)));
    }

    /// <summary>Three lines a document: project, endpoint, body.</summary>
    private static UpsertRequest[] Read(string path)
    {
        ReadOnlyMemory<byte> left = File.ReadAllBytes(path);
        var requests = new List<UpsertRequest>();
        while (!left.IsEmpty)
        {
            // The same few names again and again.
            string project = string.Intern(Encoding.UTF8.GetString(Line(ref left).Span));
            string endpoint = string.Intern(Encoding.UTF8.GetString(Line(ref left).Span));
            var id = Guid.CreateVersion7();
            requests.Add(new UpsertRequest
            {
                Project = project,
                Endpoint = endpoint,
                Document = Line(ref left),
                DocumentUuid = id,
                TraceId = id.ToString(),
            });
        }

        return [.. requests];
    }

    private static ReadOnlyMemory<byte> Line(ref ReadOnlyMemory<byte> left)
    {
        int end = left.Span.IndexOf((byte)'\n');
        ReadOnlyMemory<byte> line = left[..end];
        left = left[(end + 1)..];
        return line;
    }

    private static async Task Echo(LanewayRuntime runtime, UpsertRequest request, int callers)
    {
        await using LanewayClient echo = runtime.OpenEcho();
        await new Run(echo, [.. Enumerable.Repeat(request, callers * EchoesEach)]).LoadAsync(callers).ConfigureAwait(false);
    }

    /// <summary>Callers that take one document after another, in their order, and wait for each.</summary>
    private sealed class Run(LanewayClient client, UpsertRequest[] requests)
    {
        private readonly long[] ticks = new long[requests.Length];
        private readonly Lock order = new();
        private int next;
        private int failed;

        internal async Task<Dictionary<string, double>> LoadAsync(int callers)
        {
            var tasks = new Task[callers];
            GC.Collect();
            long allocated = GC.GetTotalAllocatedBytes(precise: true);
            TimeSpan cpu = Environment.CpuUsage.TotalTime;
            long begun = Stopwatch.GetTimestamp();
            for (int at = 0; at < callers; at++)
            {
                tasks[at] = Task.Run(CallAsync);
            }

            await Task.WhenAll(tasks).ConfigureAwait(false);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(begun);
            cpu = Environment.CpuUsage.TotalTime - cpu;
            allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
            LanewayStats stats = client.GetStats();
            Array.Sort(ticks);
            return new Dictionary<string, double>
            {
                ["documents"] = requests.Length,
                ["failed"] = failed,
                ["elapsed_s"] = elapsed.TotalSeconds,
                ["p50_ms"] = Percentile(0.50),
                ["p95_ms"] = Percentile(0.95),
                ["p99_ms"] = Percentile(0.99),
                ["batch_mean"] = (double)stats.BatchedOperations / Math.Max(1, stats.Transactions),
                ["cpu_s"] = cpu.TotalSeconds,
                ["allocated_bytes"] = allocated,
            };
        }

        private double Percentile(double share)
        {
            int at = Math.Min(ticks.Length - 1, (int)Math.Ceiling(ticks.Length * share) - 1);
            return Stopwatch.GetElapsedTime(0, ticks[at]).TotalMilliseconds;
        }

        private async Task CallAsync()
        {
            while (true)
            {
                ValueTask<UpsertOutcome> upsert;
                int at;
                long begun;
                // Documents refer to those before them, which have to be accepted first.
                lock (order)
                {
                    at = next++;
                    if (at >= requests.Length)
                    {
                        return;
                    }

                    begun = Stopwatch.GetTimestamp();
                    upsert = client.UpsertAsync(requests[at]);
                }

                UpsertOutcome outcome = await upsert.ConfigureAwait(false);
                ticks[at] = Stopwatch.GetTimestamp() - begun;
                if (!outcome.IsStored)
                {
                    Interlocked.Increment(ref failed);
                }
            }
        }
    }
}
