namespace Laneway.Tests.Hosting;

using Laneway.Extensions.Hosting;
using Laneway.Extensions.Hosting.Internal;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

/// <summary>Hosts from before <c>IHostedLifecycleService</c>.</summary>
public sealed class WebHostTests
{
#pragma warning disable ASPDEPR004, ASPDEPR008 // They are in use.
    [Fact]
    public async Task A_host_that_knows_no_lifecycle_opens_the_stores_and_drains_them()
    {
        IWebHostBuilder builder = new WebHostBuilder()
            .UseTestServer()
            .ConfigureServices(services =>
            {
                services.AddSingleton<IStoreOpener>(new EchoOpener());
                services.AddLaneway(options => options.ConnectionString = "Host=h");
            })
            .Configure(app => app.Run(async http =>
            {
                UpsertOutcome outcome = await http.RequestServices.GetRequiredService<LanewayStores>().Get()
                    .UpsertAsync(EchoStore.Request());
                await http.Response.WriteAsync(outcome.Name);
            }));
        using IWebHost host = builder.Build();
        await host.StartAsync();
        using HttpClient http = host.GetTestClient();
        Assert.Equal("inserted", await http.GetStringAsync("/"));
        LanewayClient client = host.Services.GetRequiredService<LanewayStores>().Get();
        client.HoldEcho(true);
        Task<UpsertOutcome> pending = client.UpsertAsync(EchoStore.Request()).AsTask();
        Task stopping = host.StopAsync();
        client.HoldEcho(false);
        Assert.Equal("inserted", (await pending).Name);
        await stopping;
        Assert.IsType<UpsertOutcome.Closed>(await client.UpsertAsync(EchoStore.Request()));
    }
}
