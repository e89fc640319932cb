namespace Laneway.Tests.Hosting;

using System.Text;
using Laneway.Extensions.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

/// <summary>A host on a real server, with plugins that it compiles itself.</summary>
public sealed class PostgresHostTests
{
    [Fact]
    public async Task A_host_that_sets_no_more_than_it_must_logs_that_batching_is_off()
    {
        await using TestDatabase database = await TestDatabase.DeployedAsync();
        using var log = new TestLog();
        using IHost host = Build(database, TimeProvider.System, log);
        await host.StartAsync();
        var store = host.Services.GetRequiredService<LanewayStore>();
        UpsertOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(at => store.UpsertAsync(Person(at)).AsTask()));
        Assert.All(outcomes, outcome => Assert.IsType<UpsertOutcome.Inserted>(outcome));
        // None carries two; one may be run again. The last is counted when its outcome is on its way.
        Assert.True(SpinWait.SpinUntil(() => store.Client.GetStats().Transactions >= 20, TimeSpan.FromSeconds(30)));
        string line = Assert.Single(log.Entries, entry => entry.Message.Contains("has started", StringComparison.Ordinal)).Message;
        Assert.Contains(", document store of DMS 0.7). Batching is off", line, StringComparison.Ordinal);
        Assert.Contains("set Batching to true to switch it on", line, StringComparison.Ordinal);
        Assert.Contains("Plugins: generation 1 (1 for 1 resources)", line, StringComparison.Ordinal);
        Assert.Equal("All stores are open. Batching is off.", (await Health(host)).Description);
        await host.StopAsync();
    }

    [Fact]
    public async Task Health_tells_of_a_database_that_does_not_answer()
    {
        await using TestDatabase database = await TestDatabase.DeployedAsync();
        var time = new FakeTimeProvider();
        using var log = new TestLog();
        using IHost host = Build(database, time, log);
        await host.StartAsync();
        var store = host.Services.GetRequiredService<LanewayStore>();
        Task<UpsertOutcome> pending;
        await using (Blocked blocked = await Blocked.StoreAsync(database))
        {
            pending = store.UpsertAsync(Person(1)).AsTask();
            await blocked.HasWaiter();
            Assert.Equal(HealthStatus.Healthy, (await Health(host)).Status);
            time.Advance(TimeSpan.FromSeconds(31));
            HealthReportEntry silent = await Health(host);
            Assert.Equal(HealthStatus.Unhealthy, silent.Status);
            Assert.Contains("The database of the store default has answered no upsert for 31 s", silent.Description, StringComparison.Ordinal);
            await blocked.Release();
        }

        Assert.IsType<UpsertOutcome.Inserted>(await pending);
        Assert.Equal(HealthStatus.Healthy, (await Health(host)).Status);
        await host.StopAsync();
    }

    private static IHost Build(TestDatabase database, TimeProvider time, TestLog log)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton(time);
        builder.Services.AddLaneway(options =>
        {
            options.ConnectionString = database.ConnectionString;
            options.Schemas.Add(PluginFolders.SmallSchema);
        });
        builder.Services.AddSingleton<ILoggerFactory>(log);
        return builder.Build();
    }

    private static UpsertRequest Person(int id) => new()
    {
        Project = "demo",
        Endpoint = "people",
        Document = Encoding.UTF8.GetBytes($$"""{"personId":"{{id}}"}"""),
    };

    private static async Task<HealthReportEntry> Health(IHost host) =>
        (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries[LanewayHealthCheck.Name];
}
