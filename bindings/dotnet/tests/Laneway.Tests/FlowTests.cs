namespace Laneway.Tests;

using System.Text;
using Laneway.Internal;
using Laneway.Native;

/// <summary>Room, cancellation, deadlines. No test sleeps: it waits for an event, and the run's time limit ends it otherwise.
/// </summary>
public sealed class FlowTests
{
    private static readonly UpsertRequest Impatient = EchoStore.Request() with { RejectWhenFull = true };

    [Fact]
    public async Task Each_of_many_callers_gets_its_own_outcome()
    {
        await using var echo = new EchoStore();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 20_000),
            new ParallelOptions { MaxDegreeOfParallelism = 256 },
            async (_, _) =>
            {
                UpsertRequest request = EchoStore.Request();
                var inserted = Assert.IsType<UpsertOutcome.Inserted>(await echo.Client.UpsertAsync(request));
                Assert.Equal(request.DocumentUuid, inserted.DocumentUuid);
            });
        LanewayStats stats = echo.Client.GetStats();
        Assert.Equal((20_000, 0, 20_000), (stats.Accepted, stats.Pending, stats.Outcomes["inserted"]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(32)]
    public async Task Each_caller_gets_its_own_outcome_whether_it_continues_spins_blocks_or_yields(int chunkSize)
    {
        // The mixture makes workers start, stop, and help one another.
        const int Callers = 64, UpsertsEach = 300;
        await using var echo = new EchoStore(options: new LanewayRuntimeOptions { CompletionChunkSize = chunkSize });
        async Task Call(int caller)
        {
            var random = new Random(caller);
            for (int count = 0; count < UpsertsEach; count++)
            {
                UpsertRequest request = EchoStore.Request();
                UpsertOutcome outcome = await echo.Client.UpsertAsync(request, TestContext.Current.CancellationToken);
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
                        echo.Upsert().AsTask().Wait(TestContext.Current.CancellationToken);
                        break;
                }
            }
        }

        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(() => Call(caller))));
        LanewayStats stats = echo.Client.GetStats();
        Assert.Equal((stats.Accepted, 0), (stats.Outcomes["inserted"], stats.Pending));
        Assert.InRange(stats.Accepted, Callers * UpsertsEach, long.MaxValue);
    }

    [Fact]
    public async Task Upserts_that_wait_for_room_all_get_it()
    {
        await using var echo = new EchoStore(new LanewayLimits { StoreItemsMax = 1 });
        echo.Client.HoldEcho(true);
        var order = new List<int>();
        Task[] upserts = [.. Enumerable.Range(0, 50).Select(async number =>
        {
            await echo.Upsert();
            lock (order)
            {
                order.Add(number);
            }
        })];
        Assert.Equal((1, 1), (echo.Client.GetStats().Accepted, echo.Client.GetStats().Pending));
        Assert.IsType<UpsertOutcome.QueueFull>(await echo.Client.UpsertAsync(Impatient));
        echo.Client.HoldEcho(false);
        await Task.WhenAll(upserts);
        Assert.Equal(50, echo.Client.GetStats().Accepted);
        Assert.Equal(50, order.Distinct().Count());
        Assert.Equal("inserted", (await echo.Client.UpsertAsync(Impatient)).Name);
    }

    [Theory]
    [InlineData("panic", "", false, typeof(LanewayException))]
    [InlineData("inserted", "{}", false, typeof(ArgumentException))]
    [InlineData("inserted", "", true, typeof(NullReferenceException))]
    public async Task An_upsert_that_waited_and_is_not_accepted_throws_what_it_throws_without_waiting(
        string endpoint, string extraction, bool nullStrategy, Type exception)
    {
        await using var echo = new EchoStore(new LanewayLimits { StoreItemsMax = 1 });
        UpsertRequest request = EchoStore.Request(endpoint) with
        {
            Extraction = Encoding.UTF8.GetBytes(extraction),
            Authorization = nullStrategy ? [null!] : null,
        };
        string message = (await Assert.ThrowsAsync(exception, async () => await echo.Client.UpsertAsync(request))).Message;
        echo.Client.HoldEcho(true);
        Task<UpsertOutcome> held = echo.Upsert().AsTask(), waits = echo.Upsert().AsTask();
        // Not passed to the library while others wait.
        Task<UpsertOutcome> refused = echo.Client.UpsertAsync(request).AsTask();
        echo.Client.HoldEcho(false);
        Assert.Equal(message, (await Assert.ThrowsAsync(exception, () => refused)).Message);
        Assert.Equal(["inserted", "inserted"], (await Task.WhenAll(held, waits)).Select(outcome => outcome.Name));
        Assert.Equal("inserted", (await echo.Upsert()).Name);
    }

    public static TheoryData<int> Failures =>
        [.. Enum.GetValues<NativeResult>().Where(code => code is not (NativeResult.Ok or NativeResult.QueueFull)).Select(code => (int)code)];

    [Theory]
    [MemberData(nameof(Failures))]
    public void No_code_of_the_library_is_reported_as_a_deadline(int code)
    {
        (UpsertOutcome? outcome, Exception? failure) = StoreCore.NotAccepted((NativeResult)code, Error("what happened"));
        if ((NativeResult)code == NativeResult.Closed)
        {
            Assert.Equal((UpsertOutcome.Closed.Instance, null), (outcome, failure));
            return;
        }

        Assert.Null(outcome);
        Assert.Equal("what happened", failure!.Message);
        var expected = failure switch
        {
            LanewayException exception => exception.NativeErrorCode,
            ObjectDisposedException => (int)NativeResult.Handle,
            _ => (int)NativeResult.Argument,
        };
        Assert.Equal(code, expected);
    }

    [Fact]
    public async Task The_number_of_upserts_that_wait_is_limited()
    {
        await using var echo = new EchoStore(new LanewayLimits { StoreItemsMax = 1, WaitersMax = 1 });
        echo.Client.HoldEcho(true);
        Task<UpsertOutcome> held = echo.Upsert().AsTask(), waits = echo.Upsert().AsTask();
        var refused = Assert.IsType<UpsertOutcome.QueueFull>(await echo.Upsert());
        Assert.True(refused.RetryAfter > TimeSpan.Zero);
        echo.Client.HoldEcho(false);
        Assert.Equal(["inserted", "inserted"], (await Task.WhenAll(held, waits)).Select(outcome => outcome.Name));
    }

    [Fact]
    public async Task A_cancelled_token_hands_nothing_over()
    {
        await using var echo = new EchoStore();
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await echo.Client.UpsertAsync(EchoStore.Request(), cancelled));
        Assert.Equal(0, echo.Client.GetStats().Accepted);
    }

    [Fact]
    public async Task A_cancellation_withdraws_what_is_queued_and_what_waits_for_room()
    {
        await using var echo = new EchoStore(new LanewayLimits { StoreItemsMax = 1 });
        echo.Client.HoldEcho(true);
        using var queued = new CancellationTokenSource();
        using var waits = new CancellationTokenSource();
        Task<UpsertOutcome> first = echo.Client.UpsertAsync(EchoStore.Request(), queued.Token).AsTask();
        Task<UpsertOutcome> second = echo.Client.UpsertAsync(EchoStore.Request(), waits.Token).AsTask();
        Task<UpsertOutcome> third = echo.Upsert().AsTask();
        await waits.CancelAsync();
        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.Equal(waits.Token, exception.CancellationToken);
        await queued.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        echo.Client.HoldEcho(false);
        Assert.Equal("inserted", (await third).Name);
        Assert.Equal((2, 1), (echo.Client.GetStats().Accepted, echo.Client.GetStats().Outcomes["cancelled"]));
    }

    [Fact]
    public async Task A_late_cancellation_has_no_effect()
    {
        await using var echo = new EchoStore();
        using var source = new CancellationTokenSource();
        Assert.Equal("inserted", (await echo.Client.UpsertAsync(EchoStore.Request(), source.Token)).Name);
        await source.CancelAsync();
        // A registration left behind would cancel the next upsert, which reuses the object.
        Assert.Equal("inserted", (await echo.Upsert()).Name);
    }

    [Fact]
    public async Task Cancellations_at_random_moments_leave_nothing_pending()
    {
        await using var echo = new EchoStore(new LanewayLimits { StoreItemsMax = 4 });
        int inserted = 0, cancelled = 0;
        Task[] callers = [.. Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            for (int at = 0; at < 500; at++)
            {
                using var source = new CancellationTokenSource();
                echo.Client.HoldEcho(((at + caller) & 1) == 0);
                ValueTask<UpsertOutcome> upsert = echo.Client.UpsertAsync(EchoStore.Request(), source.Token);
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
        LanewayStats stats = echo.Client.GetStats();
        Assert.Equal((inserted, 0), (stats.Outcomes["inserted"], stats.Pending));
    }

    [Fact]
    public async Task A_deadline_ends_what_is_queued_and_what_waits_for_room()
    {
        await using var echo = new EchoStore(new LanewayLimits { StoreItemsMax = 1 });
        echo.Client.HoldEcho(true);
        UpsertRequest hurried = EchoStore.Request() with { Timeout = TimeSpan.FromMilliseconds(1) };
        Task<UpsertOutcome> held = echo.Upsert().AsTask();
        Assert.IsType<UpsertOutcome.Deadline>(await echo.Client.UpsertAsync(hurried));
        echo.Client.HoldEcho(false);
        Assert.Equal("inserted", (await held).Name);
        echo.Client.HoldEcho(true);
        Assert.IsType<UpsertOutcome.Deadline>(await echo.Client.UpsertAsync(hurried));
    }

    [Fact]
    public async Task A_checkpoint_waits_only_for_upserts_accepted_before_it()
    {
        await using var echo = new EchoStore();
        echo.Client.HoldEcho(true);
        using var source = new CancellationTokenSource();
        Task<UpsertOutcome> before = echo.Client.UpsertAsync(EchoStore.Request(), source.Token).AsTask();
        Task checkpoint = echo.Client.CheckpointAsync();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => before);
        await checkpoint;
    }

    [Fact]
    public async Task A_cancelled_checkpoint_stops_waiting_and_leaves_the_upserts_alone()
    {
        await using var echo = new EchoStore();
        echo.Client.HoldEcho(true);
        using var source = new CancellationTokenSource();
        Task<UpsertOutcome> pending = echo.Upsert().AsTask();
        Task checkpoint = echo.Client.CheckpointAsync(source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => checkpoint);
        echo.Client.HoldEcho(false);
        Assert.Equal("inserted", (await pending).Name);
        await echo.Client.CheckpointAsync();
    }

    [Fact]
    public async Task A_continuation_that_blocks_does_not_delay_those_in_the_same_chunk()
    {
        await using var echo = new EchoStore();
        echo.Client.HoldEcho(true);
        using var otherIsDone = new ManualResetEventSlim();
        async Task Blocks()
        {
            await echo.Upsert();
            // In the same chunk of completions as the other one, and before it.
            otherIsDone.Wait(TestContext.Current.CancellationToken);
        }

        async Task Other()
        {
            await echo.Upsert();
            otherIsDone.Set();
        }

        Task blocks = Blocks(), other = Other();
        echo.Client.HoldEcho(false);
        await Task.WhenAll(blocks, other);
    }

    [Fact]
    public async Task Continuations_that_block_do_not_delay_later_completions()
    {
        await using var echo = new EchoStore();
        using var laterIsDone = new ManualResetEventSlim();
        using var allBlock = new CountdownEvent(Environment.ProcessorCount);
        async Task Blocks()
        {
            await Task.Yield();
            await echo.Upsert();
            allBlock.Signal();
            laterIsDone.Wait(TestContext.Current.CancellationToken);
        }

        Task[] blocked = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Blocks())];
        await Task.Run(() => allBlock.Wait(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        await echo.Upsert();
        laterIsDone.Set();
        await Task.WhenAll(blocked);
    }

    private static unsafe NativeError Error(string message)
    {
        NativeError error = NativeCalls.NewError();
        error.Message[Encoding.UTF8.GetBytes(message, new Span<byte>(error.Message, 512))] = 0;
        return error;
    }
}
