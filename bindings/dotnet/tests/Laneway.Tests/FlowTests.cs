namespace Laneway.Tests;

/// <summary>Room, cancellation, deadlines. No test sleeps: what is waited for comes, or the run's own limit ends it.
/// </summary>
public sealed class FlowTests
{
    [Fact]
    public async Task Each_of_many_callers_gets_its_own_outcome()
    {
        await using var loopback = new Loopback();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 20_000),
            new ParallelOptions { MaxDegreeOfParallelism = 256 },
            async (_, _) =>
            {
                UpsertRequest request = Loopback.Request();
                var inserted = Assert.IsType<UpsertOutcome.Inserted>(await loopback.Client.UpsertAsync(request));
                Assert.Equal(request.DocumentUuid, inserted.DocumentUuid);
            });
        LanewayStats stats = loopback.Client.GetStats();
        Assert.Equal((20_000, 0, 20_000), (stats.Accepted, stats.Pending, stats.Outcomes["inserted"]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(32)]
    public async Task Whatever_callers_do_with_their_outcomes_each_gets_its_own(int chunkSize)
    {
        // Some go on at once, some keep the thread for a while, some wait for another's outcome, some yield it: workers
        // come and go, and help one another.
        const int Callers = 64, UpsertsEach = 300;
        await using var loopback = new Loopback(options: new LanewayRuntimeOptions { CompletionChunkSize = chunkSize });
        async Task Call(int caller)
        {
            var random = new Random(caller);
            for (int count = 0; count < UpsertsEach; count++)
            {
                UpsertRequest request = Loopback.Request();
                UpsertOutcome outcome = await loopback.Client.UpsertAsync(request, TestContext.Current.CancellationToken);
                Assert.Equal(request.DocumentUuid, Assert.IsType<UpsertOutcome.Inserted>(outcome).DocumentUuid);
                switch (random.Next(200))
                {
                    case 0:
                        await Task.Yield();
                        break;
                    case < 20:
                        Thread.SpinWait(random.Next(5_000));
                        break;
                    case 20 when caller == 0:
                        loopback.Upsert().AsTask().Wait(TestContext.Current.CancellationToken);
                        break;
                }
            }
        }

        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(() => Call(caller))));
        LanewayStats stats = loopback.Client.GetStats();
        Assert.Equal((stats.Accepted, 0), (stats.Outcomes["inserted"], stats.Pending));
        Assert.InRange(stats.Accepted, Callers * UpsertsEach, long.MaxValue);
    }

    [Fact]
    public async Task Who_waits_for_room_gets_it_in_turn()
    {
        await using var loopback = new Loopback(new LanewayLimits { StoreItemsMax = 1 });
        loopback.Client.HoldEcho(true);
        var order = new List<int>();
        Task[] upserts = [.. Enumerable.Range(0, 50).Select(async number =>
        {
            await loopback.Upsert();
            lock (order)
            {
                order.Add(number);
            }
        })];
        Assert.Equal((1, 1), (loopback.Client.GetStats().Accepted, loopback.Client.GetStats().Pending));
        Assert.IsType<UpsertOutcome.QueueFull>(await loopback.Client.TryUpsertAsync(Loopback.Request(), "{}"u8));
        loopback.Client.HoldEcho(false);
        await Task.WhenAll(upserts);
        Assert.Equal(50, loopback.Client.GetStats().Accepted);
        Assert.Equal(50, order.Distinct().Count());
        Assert.Equal("inserted", (await loopback.Client.TryUpsertAsync(Loopback.Request(), "{}"u8)).Name);
    }

    [Fact]
    public async Task No_more_wait_than_may()
    {
        await using var loopback = new Loopback(new LanewayLimits { StoreItemsMax = 1, WaitersMax = 1 });
        loopback.Client.HoldEcho(true);
        Task<UpsertOutcome> held = loopback.Upsert().AsTask(), waits = loopback.Upsert().AsTask();
        var refused = Assert.IsType<UpsertOutcome.QueueFull>(await loopback.Upsert());
        Assert.True(refused.RetryAfter > TimeSpan.Zero);
        loopback.Client.HoldEcho(false);
        Assert.Equal(["inserted", "inserted"], (await Task.WhenAll(held, waits)).Select(outcome => outcome.Name));
    }

    [Fact]
    public async Task A_cancelled_token_hands_nothing_over()
    {
        await using var loopback = new Loopback();
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await loopback.Client.UpsertAsync(Loopback.Request(), cancelled));
        Assert.Equal(0, loopback.Client.GetStats().Accepted);
    }

    [Fact]
    public async Task A_cancel_takes_back_what_is_queued_and_what_waits()
    {
        await using var loopback = new Loopback(new LanewayLimits { StoreItemsMax = 1 });
        loopback.Client.HoldEcho(true);
        using var queued = new CancellationTokenSource();
        using var waits = new CancellationTokenSource();
        Task<UpsertOutcome> first = loopback.Client.UpsertAsync(Loopback.Request(), queued.Token).AsTask();
        Task<UpsertOutcome> second = loopback.Client.UpsertAsync(Loopback.Request(), waits.Token).AsTask();
        Task<UpsertOutcome> third = loopback.Upsert().AsTask();
        await waits.CancelAsync();
        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.Equal(waits.Token, exception.CancellationToken);
        await queued.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        loopback.Client.HoldEcho(false);
        Assert.Equal("inserted", (await third).Name);
        Assert.Equal((2, 1), (loopback.Client.GetStats().Accepted, loopback.Client.GetStats().Outcomes["cancelled"]));
    }

    [Fact]
    public async Task A_cancel_that_comes_too_late_changes_nothing()
    {
        await using var loopback = new Loopback();
        using var source = new CancellationTokenSource();
        Assert.Equal("inserted", (await loopback.Client.UpsertAsync(Loopback.Request(), source.Token)).Name);
        await source.CancelAsync();
        // Were the registration still there, it would hit whoever uses the operation now.
        Assert.Equal("inserted", (await loopback.Upsert()).Name);
    }

    [Fact]
    public async Task Cancels_at_random_moments_leave_nothing_behind()
    {
        await using var loopback = new Loopback(new LanewayLimits { StoreItemsMax = 4 });
        int inserted = 0, cancelled = 0;
        Task[] callers = [.. Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            for (int at = 0; at < 500; at++)
            {
                using var source = new CancellationTokenSource();
                loopback.Client.HoldEcho(((at + caller) & 1) == 0);
                ValueTask<UpsertOutcome> upsert = loopback.Client.UpsertAsync(Loopback.Request(), source.Token);
                Task cancel = Task.Run(source.Cancel);
                try
                {
                    Assert.Equal("inserted", (await upsert).Name);
                    Interlocked.Increment(ref inserted);
                }
                catch (OperationCanceledException)
                {
                    Interlocked.Increment(ref cancelled);
                }

                await cancel;
            }
        }))];
        await Task.WhenAll(callers);
        Assert.Equal(4000, inserted + cancelled);
        LanewayStats stats = loopback.Client.GetStats();
        Assert.Equal((inserted, 0), (stats.Outcomes["inserted"], stats.Pending));
    }

    [Fact]
    public async Task A_deadline_ends_what_is_queued_and_what_waits()
    {
        await using var loopback = new Loopback(new LanewayLimits { StoreItemsMax = 1 });
        loopback.Client.HoldEcho(true);
        UpsertRequest hurried = Loopback.Request() with { Timeout = TimeSpan.FromMilliseconds(1) };
        Task<UpsertOutcome> held = loopback.Upsert().AsTask();
        Assert.IsType<UpsertOutcome.Deadline>(await loopback.Client.UpsertAsync(hurried));
        loopback.Client.HoldEcho(false);
        Assert.Equal("inserted", (await held).Name);
        loopback.Client.HoldEcho(true);
        Assert.IsType<UpsertOutcome.Deadline>(await loopback.Client.UpsertAsync(hurried));
    }

    [Fact]
    public async Task A_checkpoint_waits_for_what_was_before_it_alone()
    {
        await using var loopback = new Loopback();
        loopback.Client.HoldEcho(true);
        using var source = new CancellationTokenSource();
        Task<UpsertOutcome> before = loopback.Client.UpsertAsync(Loopback.Request(), source.Token).AsTask();
        Task checkpoint = loopback.Client.CheckpointAsync();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => before);
        await checkpoint;
    }

    [Fact]
    public async Task A_continuation_that_blocks_does_not_hold_up_those_behind_it()
    {
        await using var loopback = new Loopback();
        loopback.Client.HoldEcho(true);
        using var otherIsDone = new ManualResetEventSlim();
        async Task Blocks()
        {
            await loopback.Upsert();
            // In the same group of completions as the other one, and before it.
            otherIsDone.Wait(TestContext.Current.CancellationToken);
        }

        async Task Other()
        {
            await loopback.Upsert();
            otherIsDone.Set();
        }

        Task blocks = Blocks(), other = Other();
        loopback.Client.HoldEcho(false);
        await Task.WhenAll(blocks, other);
    }

    [Fact]
    public async Task Continuations_that_block_do_not_hold_up_what_comes_later()
    {
        await using var loopback = new Loopback();
        using var laterIsDone = new ManualResetEventSlim();
        using var allBlock = new CountdownEvent(Environment.ProcessorCount);
        async Task Blocks()
        {
            await Task.Yield();
            await loopback.Upsert();
            allBlock.Signal();
            laterIsDone.Wait(TestContext.Current.CancellationToken);
        }

        Task[] blocked = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Blocks())];
        await Task.Run(() => allBlock.Wait(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        await loopback.Upsert();
        laterIsDone.Set();
        await Task.WhenAll(blocked);
    }
}
