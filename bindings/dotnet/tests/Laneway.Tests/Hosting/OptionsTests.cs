namespace Laneway.Tests.Hosting;

using Microsoft.Extensions.Options;

public sealed class OptionsTests
{
    [Fact]
    public async Task All_that_is_wrong_is_said_at_start_and_no_secret()
    {
        await using var host = new EchoHost(
            [("ConnectionString", "Host=h;Password=secret;SSL Mode=Require"), ("PluginFolder", "/nowhere/at/all"),
             ("Stores:north", "no connection=string=secret"), ("Limits:Lanes", "17"), ("Limits:StoreItemsMax", "0"),
             ("Limits:WaitersMax", "-1"), ("DrainTimeout", "-00:00:01"), ("Schemas:0", "missing.json"),
             ("PluginTrustedKeys:0", "missing.pub"), ("PluginAllowList", "missing.list")]);
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(host.StartAsync);
        string[] parts =
            ["store default", "'ssl mode'", "store north", "PluginFolder is no folder", "missing.json", "only one of PluginFolder",
             "Lanes is 17: give 1 to 16", "StoreItemsMax is 0", "WaitersMax is -1", "DrainTimeout is -00:00:01",
             "missing.pub", "missing.list", "signed by nobody"];
        Assert.All(parts, part => Assert.Contains(part, exception.Message, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("secret", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_database_it_does_not_start()
    {
        await using var host = new EchoHost([("ConnectionString", null)]);
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(host.StartAsync);
        Assert.Contains("no database", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plugins_may_be_left_out_and_are_missed_only_where_they_are_asked_for()
    {
        await using var host = new EchoHost([("PluginFolder", null)]);
        await host.StartAsync();
        Assert.Equal("inserted", (await host.Client.UpsertAsync(Loopback.Request())).Name);
        var exception = Assert.Throws<InvalidOperationException>(() => host.Stores.Plugins);
        Assert.Contains("set PluginFolder or Schemas", exception.Message, StringComparison.Ordinal);
        await using var watching = new EchoHost([("PluginFolder", null), ("WatchPluginFolder", "true")]);
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(watching.StartAsync);
        Assert.Contains("say which folder", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limits_are_followed_while_the_host_runs_and_wrong_ones_are_not()
    {
        await using var host = new EchoHost([("Limits:StoreItemsMax", "7"), ("Stores:north", "Host=north")]);
        await host.StartAsync();
        Assert.Equal(7, host.Client.GetStats().ItemsMax);
        host.Change("Limits:StoreItemsMax", "9");
        Assert.Equal((9, 9), (host.Client.GetStats().ItemsMax, host.Stores.Get("north").GetStats().ItemsMax));
        Assert.ThrowsAny<Exception>(() => host.Change("Limits:StoreItemsMax", "-1"));
        Assert.Equal(9, host.Client.GetStats().ItemsMax);
        Assert.Equal("inserted", (await host.Client.UpsertAsync(Loopback.Request())).Name);
    }
}
