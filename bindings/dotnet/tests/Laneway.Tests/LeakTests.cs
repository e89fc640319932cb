namespace Laneway.Tests;

using System.Diagnostics;

/// <summary>Tests that count resources of the whole process; they run alone.</summary>
[CollectionDefinition(nameof(LeakTests), DisableParallelization = true)]
[Collection(nameof(LeakTests))]
public sealed class LeakTests
{
    private const int Cycles = 10_000;
    private const long BytesMax = 32 << 20;

    [Fact]
    public async Task Ten_thousand_runtimes_leak_neither_threads_nor_descriptors_nor_memory()
    {
        // A tenth of them creates whatever is created once.
        await Cycle(Cycles / 10);
        (int threads, int descriptors, long bytes) = Count();
        await Cycle(Cycles);
        (int threadsThen, int descriptorsThen, long bytesThen) = Count();
        // The thread pool has threads of its own, which come and go.
        Assert.InRange(threadsThen, 0, threads + 8);
        Assert.InRange(descriptorsThen, 0, descriptors + 8);
        Assert.InRange(bytesThen, 0, bytes + BytesMax);
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
