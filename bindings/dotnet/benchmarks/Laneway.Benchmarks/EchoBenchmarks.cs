namespace Laneway.Benchmarks;

using BenchmarkDotNet.Attributes;

/// <summary>What the binding itself costs: round trips of documents of 1.5 KB through a loopback, beside the same loopback
/// in C#. Many callers at a time, and one alone.</summary>
[MemoryDiagnoser]
public class EchoBenchmarks
{
    private const int Depth = 256;

    private readonly ValueTask<UpsertOutcome>[] upserts = new ValueTask<UpsertOutcome>[Depth];
    private readonly Task<Guid>[] tasks = new Task<Guid>[Depth];
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

    /// <summary>Many at a time, through the binding.</summary>
    [Benchmark(OperationsPerInvoke = Depth)]
    public async Task Laneway_256()
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

    /// <summary>Many at a time, in C# alone.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Depth)]
    public async Task Channel_256()
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
    public async Task<UpsertOutcome> Laneway_1() => await client!.UpsertAsync(request);

    /// <summary>One alone, in C# alone.</summary>
    [Benchmark]
    public async Task<Guid> Channel_1() => await channel!.UpsertAsync(request.Document, request.DocumentUuid);
}
