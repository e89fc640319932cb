namespace Laneway.Tests.Hosting;

using Laneway.Extensions.Hosting;
using Laneway.Extensions.Hosting.Internal;
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
        await host.Client.UpsertAsync(EchoStore.Request("document_at_fault"));
        Assert.Equal(HealthStatus.Healthy, (await host.Health()).Status);
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

    [Fact]
    public async Task A_database_that_has_fallen_silent_is_not_healthy_and_the_next_answer_mends_it()
    {
        var time = new FakeTimeProvider();
        await using var host = new EchoHost(time: time);
        await host.StartAsync();
        await host.Client.UpsertAsync(EchoStore.Request());
        host.Client.HoldEcho(true);
        Task<UpsertOutcome> pending = host.Client.UpsertAsync(EchoStore.Request()).AsTask();
        Assert.Equal(HealthStatus.Healthy, (await host.Health()).Status);
        time.Advance(TimeSpan.FromSeconds(12));
        HealthReportEntry slow = await host.Health();
        Assert.Equal(HealthStatus.Degraded, slow.Status);
        Assert.Contains("has answered no upsert for 12 s; 1 are pending", slow.Description, StringComparison.Ordinal);
        time.Advance(TimeSpan.FromSeconds(20));
        HealthReportEntry silent = await host.Health();
        Assert.Equal(HealthStatus.Unhealthy, silent.Status);
        Assert.True(host.Client.GetStats().OldestPending > TimeSpan.Zero);
        host.Client.HoldEcho(false);
        Assert.Equal("inserted", (await pending).Name);
        HealthReportEntry mended = await host.Health();
        Assert.Equal((HealthStatus.Healthy, 0L), (mended.Status, mended.Data["default.oldest_pending_seconds"]));
        Assert.Equal("All stores are open. Batching is off.", mended.Description);
    }

    [Fact]
    public void Upserts_that_end_without_an_answer_are_silence_until_they_are_old()
    {
        static TimeSpan At(int seconds) => TimeSpan.FromSeconds(seconds);
        var progress = new StoreProgress();
        progress.Note(At(0), new(Accepted: 5, Answered: 5, Unanswered: 0, Ended: 5));
        Assert.Equal(At(0), progress.Silence(At(9)));
        // Their own deadlines end them, and others come.
        progress.Note(At(10), new(Accepted: 9, Answered: 5, Unanswered: 0, Ended: 5));
        progress.Note(At(14), new(Accepted: 9, Answered: 5, Unanswered: 4, Ended: 9));
        Assert.Equal(At(35), progress.Silence(At(45)));
        // Without any that wait, no answer can come that would end the silence.
        progress.Note(At(73), new(Accepted: 9, Answered: 5, Unanswered: 4, Ended: 9));
        Assert.Equal(At(63), progress.Silence(At(73)));
        progress.Note(At(75), new(Accepted: 9, Answered: 5, Unanswered: 4, Ended: 9));
        Assert.Equal(At(0), progress.Silence(At(75)));
    }

    [Fact]
    public void One_upsert_that_waits_beside_others_that_are_answered_is_seen_with_what_it_waits_for()
    {
        const string Wait = "waits for a lock on dms.document held by pid 12, application 'psql', role 'admin', for 11 s";
        static string Reasons(int seconds, string? wait) => string.Join(' ', LanewayHealthCheck.Waiting(
            "north", EchoStore.Stats(TimeSpan.FromSeconds(seconds), wait), silence: TimeSpan.Zero));
        Assert.Equal("", Reasons(9, Wait));
        Assert.Equal($"The store north {Wait}.", Reasons(10, Wait));
        Assert.Equal("", Reasons(29, null));
        Assert.Equal("In the store north, upserts have been pending for 30 s.", Reasons(30, null));
    }
}
