namespace Laneway.Tests.Hosting;

using Laneway.Extensions.Hosting;
using Microsoft.Extensions.DependencyInjection;

/// <summary>Stores as services, and what becomes of them with their container.</summary>
public sealed class StoresTests
{
    [Fact]
    public async Task Stores_are_injected_by_themselves_or_by_their_names_even_before_the_host_starts()
    {
        await using var host = new EchoHost([("Stores:north", "Host=north"), ("Limits:StoreItemsMax", "7")]);
        var store = host.Inner.Services.GetRequiredService<LanewayStore>();
        var north = host.Inner.Services.GetRequiredKeyedService<LanewayStore>("north");
        Assert.Equal(("default", "north"), (store.Name, north.Name));
        Assert.Throws<InvalidOperationException>(() => store.Client);
        await host.StartAsync();
        Assert.Equal("inserted", (await store.UpsertAsync(EchoStore.Request())).Name);
        Assert.Equal("updated", (await north.UpsertAsync(EchoStore.Request("updated"))).Name);
        Assert.Same(host.Stores.Get("north"), north.Client);
        Assert.Equal(1, north.Client.GetStats().Outcomes["updated"]);
        var nowhere = host.Inner.Services.GetRequiredKeyedService<LanewayStore>("nowhere");
        Assert.Contains("default, north", Assert.Throws<KeyNotFoundException>(() => nowhere.Client).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_that_is_disposed_of_synchronously_ends_pending_upserts()
    {
        var host = new EchoHost();
        await host.StartAsync();
        host.Client.HoldEcho(true);
        Task<UpsertOutcome> pending = host.Client.UpsertAsync(EchoStore.Request()).AsTask();
        host.Inner.Dispose();
        Assert.IsType<UpsertOutcome.Closed>(await pending);
    }

    [Fact]
    public async Task A_container_may_be_disposed_of_twice_before_the_start_and_after_the_stop()
    {
        var unstarted = new EchoHost();
        _ = unstarted.Stores;
        unstarted.Inner.Dispose();
        await unstarted.DisposeAsync();
        var stopped = new EchoHost();
        await stopped.StartAsync();
        LanewayStores stores = stopped.Stores;
        await stopped.Inner.StopAsync();
        stopped.Inner.Dispose();
        stopped.Inner.Dispose();
        Assert.Throws<InvalidOperationException>(() => stores.Plugins);
    }
}
