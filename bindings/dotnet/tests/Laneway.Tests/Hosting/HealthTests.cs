namespace Laneway.Tests.Hosting;

using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

public sealed class HealthTests
{
    [Fact]
    public async Task A_host_is_unhealthy_before_it_starts_and_after_it_stops()
    {
        await using var host = new EchoHost();
        Assert.Equal(HealthStatus.Unhealthy, (await host.Health()).Status);
        await host.StartAsync();
        Assert.Equal(HealthStatus.Healthy, (await host.Health()).Status);
        await host.Inner.StopAsync();
        HealthReportEntry stopped = await host.Health();
        Assert.Equal(HealthStatus.Unhealthy, stopped.Status);
        Assert.Contains("stopping", stopped.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_is_nearly_full_degrades_health()
    {
        await using var host = new EchoHost([("Limits:StoreItemsMax", "10")]);
        await host.StartAsync();
        host.Client.HoldEcho(true);
        Task<UpsertOutcome>[] pending = [.. Enumerable.Range(0, 9).Select(_ => host.Client.UpsertAsync(EchoStore.Request()).AsTask())];
        HealthReportEntry full = await host.Health();
        Assert.Equal(HealthStatus.Degraded, full.Status);
        Assert.Contains("9 of 10 upserts are pending", full.Description, StringComparison.Ordinal);
        Assert.Equal(9L, full.Data["default.pending"]);
        host.Client.HoldEcho(false);
        await Task.WhenAll(pending);
        Assert.Equal(HealthStatus.Healthy, (await host.Health()).Status);
    }

    [Fact]
    public async Task Failures_degrade_health_until_they_are_old()
    {
        var time = new FakeTimeProvider();
        await using var host = new EchoHost(time: time);
        await host.StartAsync();
        await host.Client.UpsertAsync(EchoStore.Request("failed"));
        await host.Client.UpsertAsync(EchoStore.Request("invalid_references"));
        HealthReportEntry failed = await host.Health();
        Assert.Equal(HealthStatus.Degraded, failed.Status);
        Assert.Contains("1 upserts failed lately", failed.Description, StringComparison.Ordinal);
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(HealthStatus.Degraded, (await host.Health()).Status);
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(HealthStatus.Healthy, (await host.Health()).Status);
    }

    [Fact]
    public async Task A_store_that_cannot_be_opened_is_named_and_retried_and_delays_no_other()
    {
        var time = new FakeTimeProvider();
        var mended = new TaskCompletionSource();
        var opener = new EchoOpener((database, _) => database == "Host=south" && !mended.Task.IsCompleted ? "It is away." : null);
        await using var host = new EchoHost([("Stores:south", "Host=south"), ("WaitForStores", "false")], opener, time);
        await host.StartAsync();
        Assert.Equal("inserted", (await host.Client.UpsertAsync(EchoStore.Request())).Name);
        HealthReportEntry away = await host.Health();
        Assert.Equal((HealthStatus.Degraded, "The store south is not open. It is away."), (away.Status, away.Description));
        Assert.Contains("It is away.", Assert.Throws<LanewayException>(() => host.Stores.Get("south")).Message, StringComparison.Ordinal);
        mended.SetResult();
        while ((await host.Health()).Status != HealthStatus.Healthy)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal("inserted", (await host.Stores.Get("south").UpsertAsync(EchoStore.Request())).Name);
    }

    [Fact]
    public async Task The_start_fails_with_the_reason_why_a_required_store_cannot_be_opened()
    {
        await using var host = new EchoHost(opener: new EchoOpener((_, _) => "It is away."));
        Assert.Equal("It is away.", (await Assert.ThrowsAsync<LanewayException>(host.StartAsync)).Message);
    }

    [Fact]
    public async Task Stores_can_be_opened_and_closed_while_the_host_runs()
    {
        await using var host = new EchoHost();
        await host.StartAsync();
        LanewayClient east = await host.Stores.OpenAsync("east", "Host=east");
        await Assert.ThrowsAsync<ArgumentException>(() => host.Stores.OpenAsync("east", "Host=east"));
        Assert.Equal(["default", "east"], host.Stores.Names);
        Assert.Equal("inserted", (await host.Stores.Get("east").UpsertAsync(EchoStore.Request())).Name);
        await host.Stores.CloseAsync("east", TimeSpan.FromSeconds(10));
        await host.Stores.CloseAsync("east", TimeSpan.Zero);
        Assert.IsType<UpsertOutcome.Closed>(await east.UpsertAsync(EchoStore.Request()));
        Assert.Throws<KeyNotFoundException>(() => host.Stores.Get("east"));
        Assert.Equal(HealthStatus.Healthy, (await host.Health()).Status);
    }
}
