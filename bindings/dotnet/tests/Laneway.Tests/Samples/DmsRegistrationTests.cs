namespace Laneway.Tests.Samples;

using EdFi.DataManagementService.Core.External.Backend;
using EdFi.DataManagementService.Core.External.Interface;
using Laneway.Extensions.Hosting;
using Laneway.Extensions.Hosting.Internal;
using Laneway.Samples.Dms;
using Laneway.Tests.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

/// <summary>The decorator in a host, registered as in the DMS, over an echo store.</summary>
public sealed class DmsRegistrationTests
{
    private static readonly ResourceEndpoints Endpoints = new([DmsSchema.Of([("Student", "inserted")])]);

    private static readonly (string, string) Database = ("ConnectionString", "Host=nowhere");

    [Fact]
    public async Task The_decorator_replaces_the_repository_and_follows_the_configuration()
    {
        using IHost host = Build(out DmsCalls calls, null, Database);
        await host.StartAsync();
        Assert.Same(DmsInner.Upserted, await Upsert(host));
        var configuration = (IConfigurationRoot)host.Services.GetRequiredService<IConfiguration>();
        Set(configuration, true);
        Assert.IsType<UpsertResult.InsertSuccess>(await Upsert(host));
        Set(configuration, false);
        Assert.Same(DmsInner.Upserted, await Upsert(host));
        Assert.Equal(2, calls.Count);
        await host.StopAsync();
    }

    [Fact]
    public async Task Upserts_take_the_old_path_until_the_store_is_open()
    {
        using IHost host = Build(out _, null, Database);
        Set((IConfigurationRoot)host.Services.GetRequiredService<IConfiguration>(), true);
        Assert.Same(DmsInner.Upserted, await Upsert(host));
        HealthReport health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Degraded, health.Status);
    }

    [Fact]
    public async Task A_request_goes_to_its_own_store()
    {
        string name = "one";
        using IHost host = Build(out DmsCalls calls, _ => name, ("Stores:one", "Host=nowhere"), ("Stores:two", "Host=elsewhere"));
        Set((IConfigurationRoot)host.Services.GetRequiredService<IConfiguration>(), true);
        await host.StartAsync();
        var stores = host.Services.GetRequiredService<LanewayStores>();
        foreach ((string store, long one, long two) in ((string, long, long)[])[("one", 1, 0), ("two", 1, 1), ("three", 1, 1)])
        {
            name = store;
            await Upsert(host);
            Assert.Equal((one, two), (stores.Get("one").GetStats().Accepted, stores.Get("two").GetStats().Accepted));
        }

        Assert.Single(calls);
        await host.StopAsync();
    }

    [Fact]
    public void The_query_handler_and_the_service_scopes_are_not_affected()
    {
        using IHost host = Build(out _, null, Database);
        using IServiceScope one = host.Services.CreateScope(), other = host.Services.CreateScope();
        Assert.IsType<DmsInner>(one.ServiceProvider.GetRequiredService<IQueryHandler>());
        var repository = one.ServiceProvider.GetRequiredService<IDocumentStoreRepository>();
        Assert.IsType<LanewayDocumentStoreRepository>(repository);
        Assert.Same(repository, one.ServiceProvider.GetRequiredService<IDocumentStoreRepository>());
        Assert.NotSame(repository, other.ServiceProvider.GetRequiredService<IDocumentStoreRepository>());
    }

    private static IHost Build(
        out DmsCalls calls, Func<IServiceProvider, string>? store, params (string Key, string Value)[] settings)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(settings.Append(("PluginFolder", AppContext.BaseDirectory)).Select(
            setting => KeyValuePair.Create("Laneway:" + setting.Item1, (string?)setting.Item2)));
        builder.Configuration["LanewayUpserts:Extraction"] = "Raw";
        builder.Services.AddLogging();
        builder.Services.AddSingleton<IStoreOpener>(new EchoOpener());
        // As the DMS does.
        builder.Services.AddSingleton<DmsCalls>();
        builder.Services.AddScoped<IDocumentStoreRepository, DmsInner>();
        builder.Services.AddScoped<IQueryHandler, DmsInner>();
        builder.Services.AddLanewayUpserts(builder.Configuration, _ => Endpoints, store);
        IHost host = builder.Build();
        calls = host.Services.GetRequiredService<DmsCalls>();
        return host;
    }

    private static async Task<UpsertResult> Upsert(IHost host)
    {
        using IServiceScope request = host.Services.CreateScope();
        return await request.ServiceProvider.GetRequiredService<IDocumentStoreRepository>().UpsertDocument(DmsRequest.Of("Student"));
    }

    private static void Set(IConfigurationRoot configuration, bool routed)
    {
        configuration["LanewayUpserts:Routing"] = routed ? "true" : "false";
        configuration.Reload();
    }
}
