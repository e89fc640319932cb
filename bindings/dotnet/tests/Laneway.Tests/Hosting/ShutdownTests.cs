namespace Laneway.Tests.Hosting;

public sealed class ShutdownTests
{
    [Fact]
    public async Task Accepted_upserts_end_before_the_host_stops()
    {
        await using var host = new EchoHost([("DrainTimeout", "00:10:00")]);
        await host.StartAsync();
        LanewayClient client = host.Client;
        client.HoldEcho(true);
        Task<UpsertOutcome> pending = client.UpsertAsync(EchoStore.Request()).AsTask();
        Task stopping = host.Inner.StopAsync(CancellationToken.None);
        client.HoldEcho(false);
        Assert.Equal("inserted", (await pending).Name);
        await stopping;
        Assert.IsType<UpsertOutcome.Closed>(await client.UpsertAsync(EchoStore.Request()));
        Assert.Throws<InvalidOperationException>(() => host.Stores.Plugins);
    }

    [Fact]
    public async Task A_drain_ends_at_its_timeout()
    {
        await using var host = new EchoHost([("DrainTimeout", "00:00:00.001")]);
        await host.StartAsync();
        host.Client.HoldEcho(true);
        Task<UpsertOutcome> pending = host.Client.UpsertAsync(EchoStore.Request()).AsTask();
        await host.Inner.StopAsync(CancellationToken.None);
        Assert.IsType<UpsertOutcome.Closed>(await pending);
        Assert.Single(host.Logged("The drain timeout of 00:00:00.0010000 has passed"));
    }

    [Fact]
    public async Task The_host_s_shutdown_timeout_cuts_a_drain_short()
    {
        await using var host = new EchoHost([("DrainTimeout", "00:10:00")]);
        await host.StartAsync();
        host.Client.HoldEcho(true);
        Task<UpsertOutcome> pending = host.Client.UpsertAsync(EchoStore.Request()).AsTask();
        using var deadline = new CancellationTokenSource();
        Task stopping = host.Inner.StopAsync(deadline.Token);
        Assert.False(pending.IsCompleted);
        await deadline.CancelAsync();
        Assert.IsType<UpsertOutcome.Closed>(await pending);
        try
        {
            await stopping;
        }
        catch (OperationCanceledException)
        {
            // The host reports its own timeout.
        }
    }

    [Fact]
    public async Task Disposing_of_a_host_that_was_not_stopped_ends_pending_upserts()
    {
        var host = new EchoHost();
        await host.StartAsync();
        host.Client.HoldEcho(true);
        Task<UpsertOutcome> pending = host.Client.UpsertAsync(EchoStore.Request()).AsTask();
        await host.DisposeAsync();
        Assert.IsType<UpsertOutcome.Closed>(await pending);
    }
}
