namespace Laneway.Tests;

using System.Diagnostics;

/// <summary>Tests that count resources of the whole process; they run alone.</summary>
[CollectionDefinition(nameof(LeakTests), DisableParallelization = true)]
[Collection(nameof(LeakTests))]
public sealed class LeakTests
{
    private const int Cycles = 10_000;
    private const int Rounds = 3;
    private const long BytesMax = 32 << 20;
    private const int UpsertsAbandoned = 1_000_000;

    // 16 bytes a slot, if all were pending at a time, in arrays of which the garbage collector may keep some longer.
    private const long SlotsBytesMax = 20 << 20;

    [Fact]
    public async Task Ten_thousand_runtimes_leak_neither_threads_nor_descriptors_nor_memory()
    {
        // A tenth of them creates whatever is created once.
        await Cycle(Cycles / 10);
        (int threads, int descriptors, long bytes) = Count();
        var grown = new List<long>();
        do
        {
            await Cycle(Cycles);
            (int threadsThen, int descriptorsThen, long bytesThen) = Count();
            // The thread pool has threads of its own, which come and go.
            Assert.InRange(threadsThen, 0, threads + 8);
            Assert.InRange(descriptorsThen, 0, descriptors + 8);
            grown.Add(bytesThen - bytes);
            bytes = bytesThen;
        }
        // What earlier tests have left may come in or go meanwhile; a leak grows each time.
        while (grown[^1] > BytesMax && grown.Count < Rounds);
        Assert.InRange(grown[^1], long.MinValue, BytesMax);
    }

    [Fact]
    public async Task A_million_upserts_that_are_never_awaited_leave_nothing()
    {
        await using var echo = new EchoStore();
        UpsertRequest request = EchoStore.Request();
        await Abandon(echo.Client, request, UpsertsAbandoned / 100);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        await Abandon(echo.Client, request, UpsertsAbandoned);
        // At most the slots: as many as were pending at a time.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, SlotsBytesMax);
        Assert.Empty(echo.Runtime.Core.Operations.All());
        Assert.Equal(UpsertsAbandoned + (UpsertsAbandoned / 100), echo.Client.GetStats().Outcomes["inserted"]);
    }

    private static async Task Abandon(LanewayClient client, UpsertRequest request, int times)
    {
        for (int at = 0; at < times; at++)
        {
            _ = client.UpsertAsync(request);
        }

        await client.CheckpointAsync();
        // The last batch's: the checkpoint's own record is behind theirs, but another thread may still run them.
        while (client.Runtime.Core.Operations.All().Any(operation => operation.Open != 0))
        {
            await Task.Yield();
        }
    }

    private static async Task Cycle(int times)
    {
        for (int at = 0; at < times; at++)
        {
            await using var echo = new EchoStore();
            await echo.Upsert();
        }
    }

    private static (int Threads, int Descriptors, long Bytes) Count()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using Process self = Process.GetCurrentProcess();
        int descriptors = OperatingSystem.IsLinux() ? Directory.GetFiles("/proc/self/fd").Length : 0;
        return (self.Threads.Count, descriptors, self.WorkingSet64);
    }
}
