namespace Laneway.Tests;

using System.Runtime.CompilerServices;

/// <summary>How clients and runtimes end.</summary>
public sealed class LifetimeTests
{
    [Fact]
    public async Task Closing_completes_what_is_pending_and_what_waits_each_once()
    {
        var loopback = new Loopback(new LanewayLimits { StoreItemsMax = 10 });
        loopback.Client.HoldEcho(true);
        Task<UpsertOutcome>[] pending = [.. Enumerable.Range(0, 20).Select(_ => loopback.Upsert().AsTask())];
        await loopback.Client.CloseAsync(TimeSpan.Zero);
        Assert.All(await Task.WhenAll(pending), outcome => Assert.IsType<UpsertOutcome.Closed>(outcome));
        await loopback.DisposeAsync();
    }

    [Fact]
    public async Task Closing_lets_what_was_accepted_end()
    {
        await using var loopback = new Loopback();
        loopback.Client.HoldEcho(true);
        Task<UpsertOutcome> pending = loopback.Upsert().AsTask();
        Task closing = loopback.Client.CloseAsync(TimeSpan.FromMinutes(10)).AsTask();
        loopback.Client.HoldEcho(false);
        await closing;
        Assert.Equal("inserted", (await pending).Name);
    }

    [Fact]
    public async Task What_ended_last_of_all_has_its_own_outcome()
    {
        // Many and often, so that some are on their way to their callers when the runtime says its last word.
        for (int round = 0; round < 20; round++)
        {
            var loopback = new Loopback();
            loopback.Client.HoldEcho(true);
            Task<UpsertOutcome>[] pending = [.. Enumerable.Range(0, 2_000).Select(_ => loopback.Upsert().AsTask())];
            Task closing = loopback.Runtime.CloseAsync(TimeSpan.FromMinutes(10)).AsTask();
            loopback.Client.HoldEcho(false);
            await closing;
            Assert.All(await Task.WhenAll(pending), outcome => Assert.Equal("inserted", outcome.Name));
        }
    }

    [Fact]
    public async Task Closed_twice_and_used_afterwards_it_answers_closed()
    {
        var loopback = new Loopback();
        await loopback.Client.DisposeAsync();
        await loopback.Client.DisposeAsync();
        Assert.IsType<UpsertOutcome.Closed>(await loopback.Upsert());
        Assert.IsType<UpsertOutcome.Closed>(await loopback.Client.TryUpsertAsync(Loopback.Request(), "{}"u8));
        Assert.Throws<ObjectDisposedException>(loopback.Client.GetStats);
        await loopback.Client.CheckpointAsync();
        await loopback.DisposeAsync();
        await loopback.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => loopback.Runtime.OpenEcho());
    }

    [Fact]
    public async Task Disposed_from_a_continuation_it_ends()
    {
        var loopback = new Loopback();
        await Task.Run(async () =>
        {
            await loopback.Upsert();
            await loopback.DisposeAsync();
        });
        Assert.True(loopback.Runtime.Core.Closed.IsCompleted);
    }

    [Fact]
    public async Task Closed_under_load_every_upsert_ends()
    {
        var loopback = new Loopback(new LanewayLimits { StoreItemsMax = 16 });
        int closed = 0;
        var underWay = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task[] callers = [.. Enumerable.Range(0, 64).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                UpsertOutcome outcome = await loopback.Upsert();
                underWay.TrySetResult();
                if (outcome is UpsertOutcome.Closed)
                {
                    Interlocked.Increment(ref closed);
                    return;
                }
            }
        }))];
        await underWay.Task;
        await loopback.Client.CloseAsync(TimeSpan.FromSeconds(10));
        await Task.WhenAll(callers);
        Assert.Equal(64, closed);
        await loopback.DisposeAsync();
    }

    [Fact]
    public async Task Never_disposed_it_is_let_go_of()
    {
        Task closed = StartAndForget();
        while (!closed.IsCompleted)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Yield();
        }
    }

    [Fact]
    public async Task An_upsert_that_is_awaited_keeps_its_runtime()
    {
        var (upsert, release) = UpsertAndForget();
        for (int at = 0; at < 3; at++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        release();
        Assert.Equal("inserted", (await upsert).Name);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task StartAndForget() => new Loopback().Runtime.Core.Closed;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (Task<UpsertOutcome> Upsert, Action Release) UpsertAndForget()
    {
        var loopback = new Loopback();
        loopback.Client.HoldEcho(true);
        // Holds neither client nor runtime.
        ulong store = loopback.Client.NativeHandle;
        return (loopback.Upsert().AsTask(), () => LanewayClient.HoldEcho(store, false));
    }
}
