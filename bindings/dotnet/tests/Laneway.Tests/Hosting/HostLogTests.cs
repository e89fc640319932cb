namespace Laneway.Tests.Hosting;

using Laneway.Extensions.Hosting.Internal;
using Microsoft.Extensions.Time.Testing;

public sealed class HostLogTests
{
    private static readonly string[] OfTheHost = ["Hosting", "Application", "Content root"];

    [Fact]
    public async Task One_line_at_the_start_says_what_is_in_force()
    {
        await using var host = new EchoHost(
            [("ConnectionString", "Host=db;Port=5433;Database=dms;Username=app;Password=hunter2"),
             ("Stores:north", "postgres://app:hunter2@north/dms"), ("Limits:Lanes", "2"), ("Limits:Linger", "00:00:00.005")]);
        await host.StartAsync();
        string line = Assert.Single(host.Logged("Laneway"));
        Assert.Equal(
            "Laneway 0.1.0 has started. Stores: default (db:5433/dms as app, echo, which stores nothing); "
            + "north (north/dms as app, echo, which stores nothing). "
            + "Batching is off, so each upsert is a transaction of its own; set Batching to true to switch it on. "
            + "Plugins: none, so each upsert needs an extraction. Limits: Lanes 2, Linger 00:00:00.0050000",
            line);
        await using var batching = new EchoHost([("Batching", "true")]);
        await batching.StartAsync();
        Assert.Contains("Batching is on. ", Assert.Single(batching.Logged("Laneway")), StringComparison.Ordinal);
        Assert.Contains("Limits: all as by default", Assert.Single(batching.Logged("Laneway")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=h;Password=\"a;b\"", "h")]
    [InlineData("Server=h;User ID=u;Database=d;Port=1", "h:1/d as u")]
    [InlineData("postgresql://u:p@h:5433/d?sslmode=require", "h:5433/d as u")]
    [InlineData("postgres:///d", "the default host/d")]
    [InlineData("no connection=string=secret", "the default host")]
    [InlineData("host='secret", "(an address in another form)")]
    public void A_store_is_shown_without_secrets(string connectionString, string shown) =>
        Assert.Equal(shown, StoreAddress.Of(connectionString));

    [Fact]
    public async Task A_drain_has_a_line_at_its_beginning_and_one_at_its_end()
    {
        await using var host = new EchoHost([("DrainTimeout", "00:10:00")]);
        await host.StartAsync();
        host.Client.HoldEcho(true);
        Task<UpsertOutcome> pending = host.Client.UpsertAsync(EchoStore.Request()).AsTask();
        LanewayClient client = host.Client;
        Task stopping = host.Inner.StopAsync(CancellationToken.None);
        Assert.Equal(["Draining: 1 upserts are pending, for which there are up to 00:10:00"], host.Logged("Draining"));
        Assert.Empty(host.Logged("Drained"));
        client.HoldEcho(false);
        await pending;
        await stopping;
        Assert.StartsWith("Drained: 1 upserts have ended in 00:0", Assert.Single(host.Logged("Drained")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_always_throws_keeps_no_host_from_starting_working_or_draining()
    {
        var time = new FakeTimeProvider();
        // The host's own entries go through: it does not survive such a log itself.
        await using var host = new EchoHost(time: time, log: new TestLog(message =>
        {
            if (!OfTheHost.Any(beginning => message.StartsWith(beginning, StringComparison.Ordinal)))
            {
                throw new InvalidOperationException("a log's defect");
            }
        }));
        await host.StartAsync();
        await host.Client.UpsertAsync(EchoStore.Request());
        time.Advance(TimeSpan.FromSeconds(20));
        host.Change("ConnectionString", "Host=another");
        host.Change("Limits:StoreItemsMax", "9");
        Assert.Equal(9, host.Client.GetStats().ItemsMax);
        LanewayClient client = host.Client;
        client.HoldEcho(true);
        Task<UpsertOutcome> pending = client.UpsertAsync(EchoStore.Request()).AsTask();
        Task stopping = host.Inner.StopAsync(CancellationToken.None);
        client.HoldEcho(false);
        Assert.Equal("inserted", (await pending).Name);
        await stopping;
        Assert.Empty(host.Logged("Drain"));
    }

    [Fact]
    public async Task Normal_work_is_logged_at_Debug_now_and_then()
    {
        var time = new FakeTimeProvider();
        await using var host = new EchoHost(time: time);
        await host.StartAsync();
        Assert.Equal(["The store default is open"], host.Logged("The store default is open"));
        await host.Client.UpsertAsync(EchoStore.Request());
        await host.Client.UpsertAsync(EchoStore.Request("invalid_references"));
        time.Advance(TimeSpan.FromSeconds(10));
        string entry = Assert.Single(host.Logged("The store default since"));
        Assert.Contains("inserted 1, invalid_references 1; ", entry, StringComparison.Ordinal);
        // Nothing more has happened.
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.Single(host.Logged("The store default since"));
    }
}
