namespace Laneway.Tests.Hosting;

using Laneway.Extensions.Hosting;
using Laneway.Extensions.Hosting.Internal;
using Microsoft.Extensions.DependencyInjection;
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
             "Lanes is 17: use 0 to 16", "StoreItemsMax is 0", "WaitersMax is -1", "DrainTimeout is -00:00:01",
             "StatementTimeout is 00:00:00: use 00:00:00.001 to", "RetriesMax is 1001: use 0 to 1000", "set Batching beside Limits",
             "missing.pub", "missing.list", "not signed", "`laneway plugin compile` writes such folders"];
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

    [Fact]
    public async Task A_change_that_takes_a_restart_is_logged_by_name_and_never_as_in_force()
    {
        await using var host = new EchoHost([("ConnectionString", "Host=one;Password=hunter1"), ("Stores:north", "Host=north")]);
        await host.StartAsync();
        host.Change("ConnectionString", "Host=two;Password=hunter2");
        Assert.Empty(host.Logged("In force"));
        string restart = "Changed in the configuration, but not in force, as it takes a restart: ";
        Assert.Equal([restart + "ConnectionString"], host.Logged(restart).Distinct());
        host.Change("Limits:LockTimeout", "00:00:07");
        host.Change("Stores:south", "Host=south");
        Assert.Equal(restart + "ConnectionString, Stores:south, Limits:LockTimeout", host.Logged(restart)[^1]);
        Assert.Empty(host.Logged("In force"));
        host.Change("Batching", "true");
        host.Change("Limits:StoreItemsMax", "9");
        host.Change("DrainTimeout", "00:00:07");
        Assert.Equal(
            ["In force from now on: Batching True", "In force from now on: Limits:StoreItemsMax 9", "In force from now on: DrainTimeout 00:00:07"],
            host.Logged("In force"));
        Assert.True(host.Client.Batching);
        Assert.DoesNotContain(host.Log.Entries, entry => entry.Message.Contains("hunter", StringComparison.Ordinal));
        Assert.Equal(["default", "north"], host.Stores.Names);
    }

    [Fact]
    public void Each_option_either_takes_a_restart_or_may_change()
    {
        string[] options = [.. typeof(LanewayOptions).GetProperties().Select(property => property.Name)];
        Assert.Equal(
            options.Except([nameof(LanewayOptions.Stores), nameof(LanewayOptions.Limits)]).Order(),
            OptionsDifference.Fixes.Select(one => one.Name).Concat(OptionsDifference.Changes.Select(one => one.Name)).Order());
        string[] limits = [.. typeof(LanewayLimits).GetProperties().Select(property => property.Name)];
        Assert.Equal(
            limits.Except([nameof(LanewayLimits.Batching)]).Order(),
            OptionsDifference.FixedLimits.Select(one => one.Name).Concat(OptionsDifference.ChangeableLimits.Select(one => one.Name)).Order());
    }

    [Fact]
    public async Task An_empty_value_is_as_none()
    {
        await using var host = new EchoHost(
            [("PluginFolder", ""), ("PluginCodeCache", ""), ("PluginAllowList", ""), ("Schemas:0", ""), ("Stores:north", ""),
             ("WorkerThreads", ""), ("DrainTimeout", ""), ("Batching", ""), ("Limits:Lanes", ""), ("Limits:Linger", "")]);
        await host.StartAsync();
        Assert.Equal(["default"], host.Stores.Names);
        LanewayOptions options = host.Inner.Services.GetRequiredService<IOptions<LanewayOptions>>().Value;
        Assert.Equal((null, new LanewayOptions().DrainTimeout, null), (options.PluginFolder, options.DrainTimeout, options.Limits.Lanes));
        await using var without = new EchoHost([("ConnectionString", "")]);
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(without.StartAsync);
        Assert.Contains("no database", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_drain_timeout_that_timers_cannot_express_is_refused_at_the_start()
    {
        await using var host = new EchoHost([("DrainTimeout", "50.00:00:00")]);
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(host.StartAsync);
        Assert.Equal("DrainTimeout is 50.00:00:00: use 00:00:00 to 1.00:00:00.", refused.Message);
    }
}
