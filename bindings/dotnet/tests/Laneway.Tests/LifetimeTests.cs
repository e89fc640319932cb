namespace Laneway.Tests;

using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

/// <summary>Opening and closing of clients and runtimes.</summary>
public sealed class LifetimeTests
{
    [Fact]
    public async Task A_cancelled_open_stops_waiting_for_a_server_that_does_not_answer()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        string database = $"Host=127.0.0.1;Port={((IPEndPoint)server.LocalEndpoint).Port};Username=u;Database=d";
        await using var runtime = new LanewayRuntime(new LanewayRuntimeOptions { WorkerThreads = 1 });
        using var source = new CancellationTokenSource();
        Task<LanewayClient> opening = runtime.OpenAsync(new LanewayStoreOptions { ConnectionString = database }, source.Token);
        Task deploying = runtime.DeployAsync(database, source.Token);
        using Socket first = await server.AcceptSocketAsync(), second = await server.AcceptSocketAsync();
        Assert.False(opening.IsCompleted || deploying.IsCompleted);
        await source.CancelAsync();
        Assert.Equal(source.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening)).CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => deploying);
    }

    [Fact]
    public async Task A_client_whose_opening_was_cancelled_is_closed_when_it_arrives()
    {
        await using var echo = new EchoStore();
        using var source = new CancellationTokenSource();
        var opened = new TaskCompletionSource<LanewayClient>();
        Task<LanewayClient> opening = LanewayRuntime.WaitOrCloseAsync(opened.Task, source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
        opened.SetResult(echo.Client);
        await echo.Client.Store.Closed;
    }

    [Fact]
    public async Task Closing_ends_each_upsert_that_is_pending_or_waits_exactly_once()
    {
        var echo = new EchoStore(new LanewayLimits { StoreItemsMax = 10 });
        echo.Client.HoldEcho(true);
        Task<UpsertOutcome>[] pending = [.. Enumerable.Range(0, 20).Select(_ => echo.Upsert().AsTask())];
        await echo.Client.CloseAsync(TimeSpan.Zero);
        Assert.All(await Task.WhenAll(pending), outcome => Assert.IsType<UpsertOutcome.Closed>(outcome));
        await echo.DisposeAsync();
    }

    [Fact]
    public async Task Closing_lets_accepted_upserts_end()
    {
        await using var echo = new EchoStore();
        echo.Client.HoldEcho(true);
        Task<UpsertOutcome> pending = echo.Upsert().AsTask();
        Task closing = echo.Client.CloseAsync(TimeSpan.FromMinutes(10)).AsTask();
        echo.Client.HoldEcho(false);
        await closing;
        Assert.Equal("inserted", (await pending).Name);
    }

    [Fact]
    public async Task Upserts_that_end_just_before_the_runtime_closes_have_their_own_outcomes()
    {
        // Many, and repeatedly, so that some are on their way to their callers when the runtime's last record is read.
        for (int round = 0; round < 20; round++)
        {
            var echo = new EchoStore();
            echo.Client.HoldEcho(true);
            Task<UpsertOutcome>[] pending = [.. Enumerable.Range(0, 2_000).Select(_ => echo.Upsert().AsTask())];
            Task closing = echo.Runtime.CloseAsync(TimeSpan.FromMinutes(10)).AsTask();
            echo.Client.HoldEcho(false);
            await closing;
            Assert.All(await Task.WhenAll(pending), outcome => Assert.Equal("inserted", outcome.Name));
        }
    }

    [Fact]
    public async Task A_closed_client_can_be_closed_again_and_ends_upserts_as_closed()
    {
        var echo = new EchoStore();
        await echo.Client.DisposeAsync();
        await echo.Client.DisposeAsync();
        Assert.IsType<UpsertOutcome.Closed>(await echo.Upsert());
        Assert.IsType<UpsertOutcome.Closed>(await echo.Client.UpsertAsync(EchoStore.Request() with { RejectWhenFull = true }));
        Assert.Throws<ObjectDisposedException>(echo.Client.GetStats);
        await echo.Client.CheckpointAsync();
        await echo.DisposeAsync();
        await echo.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => echo.Runtime.OpenEcho());
    }

    [Fact]
    public async Task A_runtime_can_be_disposed_of_from_a_continuation()
    {
        var echo = new EchoStore();
        await Task.Run(async () =>
        {
            await echo.Upsert();
            await echo.DisposeAsync();
        });
        Assert.True(echo.Runtime.Core.Closed.IsCompleted);
    }

    [Fact]
    public async Task Every_upsert_ends_when_the_client_is_closed_under_load()
    {
        var echo = new EchoStore(new LanewayLimits { StoreItemsMax = 16 });
        int closed = 0;
        var underWay = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task[] callers = [.. Enumerable.Range(0, 64).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                UpsertOutcome outcome = await echo.Upsert();
                underWay.TrySetResult();
                if (outcome is UpsertOutcome.Closed)
                {
                    Interlocked.Increment(ref closed);
                    return;
                }
            }
        }))];
        await underWay.Task;
        await echo.Client.CloseAsync(TimeSpan.FromSeconds(10));
        await Task.WhenAll(callers);
        Assert.Equal(64, closed);
        await echo.DisposeAsync();
    }

    [Fact]
    public async Task A_runtime_that_is_never_disposed_of_is_released()
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
    public async Task A_pending_upsert_keeps_its_runtime_alive()
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
    private static Task StartAndForget() => new EchoStore().Runtime.Core.Closed;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (Task<UpsertOutcome> Upsert, Action Release) UpsertAndForget()
    {
        var echo = new EchoStore();
        echo.Client.HoldEcho(true);
        // The action references neither client nor runtime.
        ulong store = echo.Client.Store.Handle;
        return (echo.Upsert().AsTask(), () => LanewayClient.HoldEcho(store, false));
    }
}
