namespace Laneway.Benchmarks;

using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;

/// <summary>What the binding itself costs: round trips of documents of 1.5 KB through an echo store, beside the same echo
/// in C#. Callers that each wait for one upsert before they begin the next; upserts that are begun all at once and then
/// waited for; and one caller alone.</summary>
[MemoryDiagnoser]
[CategoriesColumn]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
public class EchoBenchmarks
{
    private const int Depth = 256;

    // So many that starting the callers does not count.
    private const int UpsertsEach = 256;

    private readonly ValueTask<UpsertOutcome>[] upserts = new ValueTask<UpsertOutcome>[Depth];
    private readonly Task<Guid>[] tasks = new Task<Guid>[Depth];
    private readonly Task[] callers = new Task[Depth];
    private LanewayRuntime? runtime;
    private LanewayClient? client;
    private ChannelEcho? channel;
    private UpsertRequest request;

    /// <summary>Starts both.</summary>
    [GlobalSetup]
    public void Start()
    {
        runtime = new LanewayRuntime();
        client = runtime.OpenEcho();
        channel = new ChannelEcho();
        request = new UpsertRequest
        {
            Project = "ed-fi",
            Endpoint = "students",
            Document = new byte[1536],
            DocumentUuid = Guid.NewGuid(),
        };
    }

    /// <summary>Ends both.</summary>
    [GlobalCleanup]
    public async Task Stop()
    {
        await runtime!.DisposeAsync();
        await channel!.DisposeAsync();
    }

    /// <summary>Many callers, through the binding.</summary>
    [Benchmark(OperationsPerInvoke = Depth * UpsertsEach)]
    [BenchmarkCategory("256 callers")]
    public Task Laneway_256_callers() => Call(CallLaneway);

    /// <summary>Many callers, in C# alone.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Depth * UpsertsEach)]
    [BenchmarkCategory("256 callers")]
    public Task Channel_256_callers() => Call(CallChannel);

    /// <summary>Many at once, through the binding.</summary>
    [Benchmark(OperationsPerInvoke = Depth)]
    [BenchmarkCategory("256 at once")]
    public async Task Laneway_256_at_once()
    {
        for (int at = 0; at < Depth; at++)
        {
            upserts[at] = client!.UpsertAsync(request);
        }

        for (int at = 0; at < Depth; at++)
        {
            await upserts[at];
        }
    }

    /// <summary>Many at once, in C# alone.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Depth)]
    [BenchmarkCategory("256 at once")]
    public async Task Channel_256_at_once()
    {
        for (int at = 0; at < Depth; at++)
        {
            tasks[at] = channel!.UpsertAsync(request.Document, request.DocumentUuid);
        }

        for (int at = 0; at < Depth; at++)
        {
            await tasks[at];
        }
    }

    /// <summary>One alone, through the binding.</summary>
    [Benchmark]
    [BenchmarkCategory("idle")]
    public async Task<UpsertOutcome> Laneway_1() => await client!.UpsertAsync(request);

    /// <summary>One alone, in C# alone.</summary>
    [Benchmark(Baseline = true)]
    [BenchmarkCategory("idle")]
    public async Task<Guid> Channel_1() => await channel!.UpsertAsync(request.Document, request.DocumentUuid);

    private Task Call(Func<Task> caller)
    {
        for (int at = 0; at < Depth; at++)
        {
            callers[at] = Task.Run(caller);
        }

        return Task.WhenAll(callers);
    }

    private async Task CallLaneway()
    {
        for (int count = 0; count < UpsertsEach; count++)
        {
            await client!.UpsertAsync(request);
        }
    }

    private async Task CallChannel()
    {
        for (int count = 0; count < UpsertsEach; count++)
        {
            await channel!.UpsertAsync(request.Document, request.DocumentUuid);
        }
    }
}
