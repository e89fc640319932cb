namespace Laneway.Tests.Hosting;

using Microsoft.Extensions.Options;

public sealed class OptionsTests
{
    [Fact]
    public async Task The_start_fails_with_everything_that_is_wrong_and_without_secrets()
    {
        await using var host = new EchoHost(
            [("ConnectionString", "Host=h;Password=secret;SSL Mode=Strict"), ("PluginFolder", "/nowhere/at/all"),
             ("Stores:north", "no connection=string=secret"), ("Limits:Lanes", "17"), ("Limits:StoreItemsMax", "0"),
             ("Limits:WaitersMax", "-1"), ("DrainTimeout", "-00:00:01"), ("Schemas:0", "missing.json"),
             ("Limits:StatementTimeout", "00:00:00"), ("Limits:RetriesMax", "1001"), ("Limits:Batching", "true"),
             ("PluginTrustedKeys:0", "missing.pub"), ("PluginAllowList", "missing.list")]);
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(host.StartAsync);
        string[] parts =
            ["store default", "`SSL Mode`", "store north", "PluginFolder is not a folder", "missing.json", "only one of PluginFolder",
             "Lanes is 17: use 1 to 16", "StoreItemsMax is 0", "WaitersMax is -1", "DrainTimeout is -00:00:01",
             "StatementTimeout is 00:00:00: use 00:00:00.0010000 to", "RetriesMax is 1001: use 0 to 1000", "set Batching beside Limits",
             "missing.pub", "missing.list", "not signed"];
        Assert.All(parts, part => Assert.Contains(part, exception.Message, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("secret", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_without_a_database_does_not_start()
    {
        await using var host = new EchoHost([("ConnectionString", null)]);
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(host.StartAsync);
        Assert.Contains("no database", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_may_have_no_plugins_unless_it_watches_or_uses_them()
    {
        await using var host = new EchoHost([("PluginFolder", null)]);
        await host.StartAsync();
        Assert.Equal("inserted", (await host.Client.UpsertAsync(EchoStore.Request())).Name);
        var exception = Assert.Throws<InvalidOperationException>(() => host.Stores.Plugins);
        Assert.Contains("set PluginFolder or Schemas", exception.Message, StringComparison.Ordinal);
        await using var watching = new EchoHost([("PluginFolder", null), ("WatchPluginFolder", "true")]);
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(watching.StartAsync);
        Assert.Contains("set the folder to watch", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changed_limits_take_effect_while_the_host_runs_unless_they_are_wrong()
    {
        await using var host = new EchoHost([("Limits:StoreItemsMax", "7"), ("Stores:north", "Host=north")]);
        await host.StartAsync();
        Assert.Equal(7, host.Client.GetStats().ItemsMax);
        host.Change("Limits:StoreItemsMax", "9");
        Assert.Equal((9, 9), (host.Client.GetStats().ItemsMax, host.Stores.Get("north").GetStats().ItemsMax));
        Assert.ThrowsAny<Exception>(() => host.Change("Limits:StoreItemsMax", "-1"));
        Assert.Equal(9, host.Client.GetStats().ItemsMax);
        Assert.Equal("inserted", (await host.Client.UpsertAsync(EchoStore.Request())).Name);
    }
}
