namespace Laneway.Tests.Hosting;

public sealed class ShutdownTests
{
    [Fact]
    public async Task What_was_accepted_ends_before_the_host_does()
    {
        await using var host = new EchoHost([("DrainTimeout", "00:10:00")]);
        await host.StartAsync();
        LanewayClient client = host.Client;
        client.HoldEcho(true);
        Task<UpsertOutcome> pending = client.UpsertAsync(Loopback.Request()).AsTask();
        Task stopping = host.Inner.StopAsync(CancellationToken.None);
        client.HoldEcho(false);
        Assert.Equal("inserted", (await pending).Name);
        await stopping;
        Assert.IsType<UpsertOutcome.Closed>(await client.UpsertAsync(Loopback.Request()));
        Assert.Throws<InvalidOperationException>(() => host.Stores.Plugins);
    }

    [Fact]
    public async Task A_drain_has_a_deadline()
    {
        await using var host = new EchoHost([("DrainTimeout", "00:00:00.001")]);
        await host.StartAsync();
        host.Client.HoldEcho(true);
        Task<UpsertOutcome> pending = host.Client.UpsertAsync(Loopback.Request()).AsTask();
        await host.Inner.StopAsync(CancellationToken.None);
        Assert.IsType<UpsertOutcome.Closed>(await pending);
    }

    [Fact]
    public async Task The_host_s_own_deadline_cuts_a_drain_short()
    {
        await using var host = new EchoHost([("DrainTimeout", "00:10:00")]);
        await host.StartAsync();
        host.Client.HoldEcho(true);
        Task<UpsertOutcome> pending = host.Client.UpsertAsync(Loopback.Request()).AsTask();
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
            // The host says so of itself.
        }
    }

    [Fact]
    public async Task Disposed_without_a_stop_it_ends_what_is_pending()
    {
        var host = new EchoHost();
        await host.StartAsync();
        host.Client.HoldEcho(true);
        Task<UpsertOutcome> pending = host.Client.UpsertAsync(Loopback.Request()).AsTask();
        await host.DisposeAsync();
        Assert.IsType<UpsertOutcome.Closed>(await pending);
    }
}
