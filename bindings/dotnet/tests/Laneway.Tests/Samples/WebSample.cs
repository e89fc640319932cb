namespace Laneway.Tests.Samples;

using Laneway.Samples.Web;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;

/// <summary>The web sample on a store of its own.</summary>
public sealed class WebSample : WebApplicationFactory<Program>, IAsyncLifetime
{
    internal const string AdminKey = "the-tests-key";

    private TestDatabase? database;
    private DirectoryInfo? plugins;

    internal DirectoryInfo PluginsRoot => plugins!;

    public async ValueTask InitializeAsync()
    {
        plugins = await PluginFolders.Root();
        database = await TestDatabase.DeployedAsync();
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseSetting("Laneway:ConnectionString", database!.ConnectionString);
        builder.UseSetting("Laneway:PluginFolder", Path.Combine(plugins!.FullName, PluginFolders.First));
        builder.UseSetting("Service:AdminKey", AdminKey);
        builder.UseSetting("Service:PluginsRoot", plugins.FullName);
        builder.UseSetting("Service:BodyBytesMax", "100000");
    }

    internal Task<long> Count(string sql) => database!.Count(sql);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (database is not null)
        {
            await database.DisposeAsync();
        }
    }
}
