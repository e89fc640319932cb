namespace Laneway.Tests;

using System.Diagnostics;
using System.Globalization;
using Laneway.Internal;

/// <summary>One caller makes every mistake there is, in generated order, beside callers that make none and check that what
/// they get is theirs. They share a runtime. <c>LANEWAY_MISUSE_SEED</c> repeats a run, <c>LANEWAY_MISUSE_SECONDS</c> lengthens
/// it.</summary>
[Collection(nameof(LeakTests))]
public sealed class MisuseTests(ITestOutputHelper output)
{
    private const int Innocents = 64;
    private const int SecondsDefault = 4;

    // Slots are as many as upserts have been pending at a time: of a caller that awaits none, those of some milliseconds.
    private const int SlotsMax = 1 << 16;

    private static readonly TimeSpan HangsAfter = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task One_caller_s_mistakes_reach_no_other()
    {
        int seed = Setting("LANEWAY_MISUSE_SEED") ?? Random.Shared.Next();
        output.WriteLine($"LANEWAY_MISUSE_SEED={seed}");
        using var over = new CancellationTokenSource(TimeSpan.FromSeconds(Setting("LANEWAY_MISUSE_SECONDS") ?? SecondsDefault));
        await using var echo = new EchoStore(options: new LanewayRuntimeOptions { WorkerThreads = 1, CompletionChunkSize = 8 });
        Task<long>[] innocents =
            [.. Enumerable.Range(0, Innocents).Select(caller => Task.Run(() => Innocent(echo.Client, new Random(seed + caller), over.Token)))];
        using var misuser = new Misuser(echo.Runtime, new Random(seed));
        long mistakes = await Task.Run(() => misuser.Run(over.Token));
        long[] checks = await Task.WhenAll(innocents).WaitAsync(HangsAfter);
        await misuser.Close().WaitAsync(HangsAfter);
        await echo.Client.CheckpointAsync().WaitAsync(HangsAfter);
        output.WriteLine($"{mistakes} mistakes, {checks.Sum()} outcomes checked, {echo.Runtime.Core.Operations.Capacity} slots");
        Assert.True(mistakes > 0 && checks.All(count => count > 0));
        Assert.Equal(0, echo.Client.GetStats().Pending);
        await AllFree(echo.Runtime.Core.Operations);
    }

    /// <summary>Returns when every slot can be taken: none was lost, and none is in use. The last uses end on threads of the
    /// pool, after their callers have heard of it.</summary>
    private static async Task AllFree(OperationTable table)
    {
        long begun = Stopwatch.GetTimestamp();
        int slots;
        bool free;
        do
        {
            await Task.Yield();
            slots = table.Capacity;
            HashSet<Operation> rented = [.. Enumerable.Range(0, slots).Select(_ => table.Rent())];
            free = table.Capacity == slots;
            Assert.Equal(slots, rented.Count);
            foreach (Operation one in rented)
            {
                table.Return((uint)one.Token);
            }
        }
        while (!free && Stopwatch.GetElapsedTime(begun) < HangsAfter);
        Assert.True(free, "slots were lost");
        Assert.InRange(slots, 1, SlotsMax);
    }

    /// <summary>Upserts, and fails if an outcome is not its own. Returns the number of outcomes.</summary>
    private static async Task<long> Innocent(LanewayClient client, Random random, CancellationToken over)
    {
        long count = 0;
        for (; !over.IsCancellationRequested; count++)
        {
            UpsertRequest request = EchoStore.Request();
            using var own = new CancellationTokenSource();
            ValueTask<UpsertOutcome> upsert = client.UpsertAsync(request, random.Next(2) == 0 ? own.Token : default);
            UpsertOutcome outcome = random.Next(4) switch
            {
                0 => await upsert.AsTask().WaitAsync(HangsAfter, CancellationToken.None),
                1 => await upsert.ConfigureAwait(false),
                _ => await upsert,
            };
            Assert.Equal(request.DocumentUuid, Assert.IsType<UpsertOutcome.Inserted>(outcome).DocumentUuid);
            if (random.Next(16) == 0)
            {
                // Lets the misuser, and others, come in between.
                await Task.Yield();
            }
        }

        return count;
    }

    private static int? Setting(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int value) ? value : null;

    /// <summary>The caller that makes the mistakes, with a client of its own.</summary>
    private sealed class Misuser(LanewayRuntime runtime, Random random) : IDisposable
    {
        // So many of its upserts it goes on misusing, long after their end.
        private const int KeptMax = 256;

        private readonly ValueTask<UpsertOutcome>[] kept = new ValueTask<UpsertOutcome>[KeptMax];
        private readonly AsyncLocal<object?> local = new();
        private LanewayClient client = runtime.OpenEcho(new LanewayLimits { StoreItemsMax = 32, WaitersMax = 64 });
        private CancellationTokenSource source = new();

        internal long Run(CancellationToken over)
        {
            Action[] mistakes =
            [
                Upsert, Upsert, Upsert, Upsert, TakeAny, TakeAny, TakeEarly, TakeTwice, TakeByThreads, AwaitAny, AwaitTwice, AwaitByThreads,
                Throw, Leave, Cancel, CancelByThreads, Hold, Release, Release, CloseInContinuation, Block,
            ];
            long count = 0;
            while (!over.IsCancellationRequested)
            {
                Mistake(mistakes[random.Next(mistakes.Length)]);
                count++;
            }

            return count;
        }

        internal async Task Close()
        {
            // It may be closed already.
            Mistake(Release);
            await client.CloseAsync(TimeSpan.Zero);
        }

        public void Dispose() => source.Dispose();

        private static void Mistake(Action call)
        {
            try
            {
                call();
            }
            catch (Exception exception) when (exception is InvalidOperationException or OperationCanceledException)
            {
                // Its own reward. (A disposed client or source is an InvalidOperationException too.)
            }
        }

        private static void Take(ValueTask<UpsertOutcome> upsert) => Mistake(() => _ = upsert.Result);

        private ref ValueTask<UpsertOutcome> Any() => ref kept[random.Next(KeptMax)];

        private ValueTask<UpsertOutcome> Begin()
        {
            UpsertRequest request = EchoStore.Request() with
            {
                RejectWhenFull = random.Next(2) == 0,
                Timeout = random.Next(4) == 0 ? TimeSpan.FromMilliseconds(1) : default,
            };
            return client.UpsertAsync(request, random.Next(2) == 0 ? source.Token : default);
        }

        // The one that was kept there is never awaited.
        private void Upsert() => Any() = Begin();

        private void TakeAny() => Take(Any());

        private void TakeEarly()
        {
            ValueTask<UpsertOutcome> upsert = Begin();
            Any() = upsert;
            for (int at = 0; at < 10; at++)
            {
                Take(upsert);
            }
        }

        private void TakeTwice()
        {
            ValueTask<UpsertOutcome> upsert = Any();
            Take(upsert);
            Take(upsert);
            Mistake(() => _ = upsert.AsTask());
        }

        private void TakeByThreads()
        {
            ValueTask<UpsertOutcome> upsert = Any();
            Parallel.For(0, 3, _ => Take(upsert));
        }

        private void AwaitAny()
        {
            ValueTask<UpsertOutcome> upsert = Any();
            upsert.GetAwaiter().OnCompleted(() => Take(upsert));
        }

        private void AwaitTwice()
        {
            ValueTask<UpsertOutcome> upsert = Any();
            Mistake(() => _ = upsert.AsTask());
            Mistake(() => _ = upsert.AsTask());
            Mistake(() => upsert.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => Take(upsert)));
        }

        private void AwaitByThreads()
        {
            ValueTask<UpsertOutcome> upsert = Begin();
            Any() = upsert;
            Parallel.For(0, 3, thread =>
            {
                Mistake(() => upsert.GetAwaiter().OnCompleted(() => Take(upsert)));
                Take(upsert);
            });
        }

        private void Throw()
        {
            ValueTask<UpsertOutcome> upsert = Begin();
            // One that was refused at once is .NET's own, which ends the process.
            if (!upsert.IsCompleted)
            {
                upsert.GetAwaiter().UnsafeOnCompleted(() => throw new InvalidTimeZoneException("a caller's defect"));
            }
        }

        private void Leave() => Any().GetAwaiter().UnsafeOnCompleted(() =>
        {
            local.Value = this;
            SynchronizationContext.SetSynchronizationContext(new SynchronizationContext());
            ExecutionContext.SuppressFlow();
        });

        private void Cancel()
        {
            source.Cancel();
            if (random.Next(2) == 0)
            {
                source.Dispose();
            }

            source = new CancellationTokenSource();
        }

        private void CancelByThreads()
        {
            CancellationTokenSource now = source;
            Parallel.For(0, 3, _ => now.Cancel());
            source = new CancellationTokenSource();
        }

        private void Hold() => client.HoldEcho(true);

        private void Release() => client.HoldEcho(false);

        private void CloseInContinuation()
        {
            if (random.Next(50) != 0)
            {
                return;
            }

            LanewayClient closing = client;
            ValueTask<UpsertOutcome> upsert = Begin();
            Mistake(() => upsert.GetAwaiter().UnsafeOnCompleted(() => closing.CloseAsync(TimeSpan.Zero).AsTask().Wait()));
            Mistake(() => closing.HoldEcho(false));
            _ = closing.CloseAsync(TimeSpan.Zero);
            client = runtime.OpenEcho(new LanewayLimits { StoreItemsMax = 32, WaitersMax = 64 });
        }

        private void Block()
        {
            long begun = Stopwatch.GetTimestamp();
            Any().GetAwaiter().UnsafeOnCompleted(() => SpinWait.SpinUntil(() => Stopwatch.GetElapsedTime(begun).TotalMilliseconds > 1));
        }
    }
}
