namespace Laneway.Tests;

/// <summary>Room, cancellation, deadlines and closing on a real server, while a document is being written: one lane, and one
/// flush at a time that waits for a lock.</summary>
public sealed class UnderWayTests
{
    private static readonly LanewayLimits OneAtATime = new() { Batching = true, Lanes = 1, FlushesConcurrentMax = 1 };

    [Fact]
    public async Task Cancellation_and_deadline_withdraw_what_is_queued_but_not_what_is_being_written()
    {
        await using Scene scene = await Scene.Set(OneAtATime);
        using var tooLate = new CancellationTokenSource();
        using var inTime = new CancellationTokenSource();
        await using Blocked blocked = await Blocked.StoreAsync(scene.Database);
        Task<UpsertOutcome> written = scene.Client.UpsertAsync(Scene.Document("written"), tooLate.Token).AsTask();
        await blocked.HasWaiter();
        Task<UpsertOutcome> queued = scene.Client.UpsertAsync(Scene.Document("queued"), inTime.Token).AsTask();
        UpsertRequest hurried = Scene.Document("hurried") with { Timeout = TimeSpan.FromMilliseconds(1) };
        Assert.IsType<UpsertOutcome.Deadline>(await scene.Client.UpsertAsync(hurried));
        await inTime.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queued);
        await tooLate.CancelAsync();
        Assert.False(written.IsCompleted);
        await blocked.Release();
        Assert.IsType<UpsertOutcome.Inserted>(await written);
        Assert.Equal(1, await scene.Count());
        LanewayStats stats = scene.Client.GetStats();
        Assert.Equal((1, 1, 1), (stats.Outcomes["inserted"], stats.Outcomes["cancelled"], stats.Outcomes["deadline"]));
    }

    [Fact]
    public async Task In_a_full_store_upserts_wait_unless_they_reject_that()
    {
        await using Scene scene = await Scene.Set(OneAtATime with { StoreItemsMax = 1 });
        await using Blocked blocked = await Blocked.StoreAsync(scene.Database);
        Task<UpsertOutcome> first = scene.Client.UpsertAsync(Scene.Document("first")).AsTask();
        await blocked.HasWaiter();
        Task<UpsertOutcome> waits = scene.Client.UpsertAsync(Scene.Document("waits")).AsTask();
        UpsertRequest request = Scene.Document("does not wait") with { RejectWhenFull = true };
        var full = Assert.IsType<UpsertOutcome.QueueFull>(await scene.Client.UpsertAsync(request));
        Assert.True(full.RetryAfter > TimeSpan.Zero);
        Assert.False(waits.IsCompleted);
        await blocked.Release();
        Assert.Equal(["inserted", "inserted"], (await Task.WhenAll(first, waits)).Select(outcome => outcome.Name));
        Assert.Equal(2, await scene.Count());
    }

    [Fact]
    public async Task Outcomes_agree_with_the_store_when_the_client_is_closed_meanwhile()
    {
        await using Scene scene = await Scene.Set(OneAtATime with { StoreItemsMax = 20 });
        await using Blocked blocked = await Blocked.StoreAsync(scene.Database);
        Task<UpsertOutcome> written = scene.Client.UpsertAsync(Scene.Document("written")).AsTask();
        await blocked.HasWaiter();
        Task<UpsertOutcome>[] queued = [.. Enumerable.Range(0, 40)
            .Select(number => scene.Client.UpsertAsync(Scene.Document($"queued-{number}")).AsTask())];
        Task closing = scene.Client.CloseAsync(TimeSpan.Zero).AsTask();
        Assert.All(await Task.WhenAll(queued), outcome => Assert.IsType<UpsertOutcome.Closed>(outcome));
        await blocked.Release();
        await closing;
        UpsertOutcome last = await written;
        Assert.True(last is UpsertOutcome.Inserted or UpsertOutcome.Closed, last.ToString());
        Assert.Equal(last.IsStored ? 1 : 0, await scene.Count());
    }

    [Fact]
    public async Task A_store_that_hangs_does_not_delay_another_and_each_has_its_own_documents()
    {
        await using Scene north = await Scene.Set(OneAtATime);
        await using TestDatabase southern = await TestDatabase.DeployedAsync();
        await using LanewayClient south = await north.Client.Runtime.OpenAsync(new LanewayStoreOptions
        {
            ConnectionString = southern.ConnectionString,
            Plugins = north.Plugins,
            Limits = OneAtATime with { StoreItemsMax = 7 },
        });
        Assert.Equal(7, south.GetStats().ItemsMax);
        Assert.NotEqual(7, north.Client.GetStats().ItemsMax);
        await using Blocked blocked = await Blocked.StoreAsync(north.Database);
        Task<UpsertOutcome> hangs = north.Client.UpsertAsync(Scene.Document("north")).AsTask();
        await blocked.HasWaiter();
        for (int number = 0; number < 20; number++)
        {
            Assert.Equal("inserted", (await south.UpsertAsync(Scene.Document($"south-{number}"))).Name);
        }

        Assert.False(hangs.IsCompleted);
        await south.DisposeAsync();
        Assert.IsType<UpsertOutcome.Closed>(await south.UpsertAsync(Scene.Document("late")));
        await blocked.Release();
        Assert.Equal("inserted", (await hangs).Name);
        Assert.Equal((1, 20), (await north.Count(), await southern.Count("SELECT count(*) FROM dms.Document")));
    }
}
