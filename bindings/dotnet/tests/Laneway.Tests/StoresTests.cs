namespace Laneway.Tests;

/// <summary>Many stores of one runtime, on a real server.</summary>
public sealed class StoresTests
{
    [Fact]
    public async Task Two_stores_have_their_own_documents_and_limits_and_one_that_hangs_delays_no_other()
    {
        await using Scene north = await Scene.Set(new LanewayLimits { Batching = true, StoreItemsMax = 5 });
        await using TestDatabase database = await TestDatabase.DeployedAsync();
        LanewayClient south = await north.Client.Runtime.OpenAsync(new LanewayStoreOptions
        {
            ConnectionString = database.ConnectionString,
            Plugins = north.Plugins,
        });
        Assert.Equal((5, true, false), (north.Client.GetStats().ItemsMax, north.Client.Enabled, south.Enabled));
        await using Blocked blocked = await Blocked.StoreAsync(north.Database);
        Task<UpsertOutcome> hangs = north.Client.UpsertAsync(Scene.Document("north")).AsTask();
        await blocked.SomebodyWaits();
        for (int at = 0; at < 100; at++)
        {
            Assert.Equal("inserted", (await south.UpsertAsync(Scene.Document($"south-{at}"))).Name);
        }

        Assert.False(hangs.IsCompleted);
        await south.CloseAsync(TimeSpan.FromMinutes(1));
        Assert.IsType<UpsertOutcome.Closed>(await south.UpsertAsync(Scene.Document("late")));
        await blocked.Release();
        Assert.Equal("inserted", (await hangs).Name);
        Assert.Equal((1, 100), (await north.Count(), await database.Count("SELECT count(*) FROM dms.Document")));
    }
}
