// What a service does with the packages: an upsert through an echo store, and a host with Laneway in it.
using System.Text;
using Laneway;
using Laneway.Extensions.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

string plugins = args[0];

await using (var runtime = new LanewayRuntime())
{
    await using LanewayClient client = runtime.OpenEcho();
    UpsertOutcome outcome = await client.UpsertAsync(
        new UpsertRequest { Project = "ed-fi", Endpoint = "students", Document = Encoding.UTF8.GetBytes("{}") });
    Require(outcome is UpsertOutcome.Inserted, $"the upsert ended as {outcome.Name}");
    Console.WriteLine($"{AppContext.TargetFrameworkName}: an upsert was {outcome.Name}");
}

HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
builder.Services.AddLaneway(options =>
{
    options.ConnectionString = "Host=127.0.0.1;Port=1;Database=none;Username=none";
    options.PluginFolder = plugins;
    options.WaitForStores = false;
});
using IHost host = builder.Build();
await host.StartAsync();
int resources = host.Services.GetRequiredService<LanewayStores>().Plugins.GetResources().Count;
Require(resources > 0, "the plugins serve no resources");
HealthReport health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
Require(health.Status == HealthStatus.Unhealthy, $"without a database health is {health.Status}");
await host.StopAsync();
Console.WriteLine($"hosted with plugins for {resources} resources; health tells that there is no database");

static void Require(bool condition, string otherwise)
{
    if (!condition)
    {
        throw new InvalidOperationException(otherwise);
    }
}
