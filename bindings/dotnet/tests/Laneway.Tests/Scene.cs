namespace Laneway.Tests;

using System.Text;

/// <summary>A store on a real server with the data standard's plugins.</summary>
internal sealed class Scene : IAsyncDisposable
{
    // Compiled once and shared by all stores.
    private static readonly Lazy<Task<LanewayPlugins>> Compiled = new(Recorded.Plugins);

    private readonly LanewayRuntime runtime;

    private Scene(TestDatabase database, LanewayRuntime runtime, LanewayClient client, LanewayPlugins plugins)
    {
        Database = database;
        this.runtime = runtime;
        Client = client;
        Plugins = plugins;
    }

    internal TestDatabase Database { get; }

    internal LanewayClient Client { get; }

    internal LanewayPlugins Plugins { get; }

    internal static async Task<Scene> Set(LanewayLimits limits)
    {
        LanewayPlugins plugins = await Compiled.Value;
        TestDatabase database = await TestDatabase.DeployedAsync();
        var runtime = new LanewayRuntime(new LanewayRuntimeOptions { WorkerThreads = 1 });
        LanewayClient client = await runtime.OpenAsync(new LanewayStoreOptions
        {
            ConnectionString = database.ConnectionString,
            Plugins = plugins,
            Limits = limits,
        });
        return new Scene(database, runtime, client, plugins);
    }

    /// <summary>A document without references.</summary>
    internal static UpsertRequest Document(string codeValue, string description = "a description") => new()
    {
        Project = "ed-fi",
        Endpoint = "sexDescriptors",
        Document = Encoding.UTF8.GetBytes(
            $$"""{"namespace":"uri://ed-fi.org/SexDescriptor","codeValue":"{{codeValue}}","shortDescription":"s","description":"{{description}}"}"""),
        DocumentUuid = Guid.NewGuid(),
        TraceId = "dotnet-tests",
    };

    internal Task<long> Count() => Database.Count("SELECT count(*) FROM dms.Document");

    public async ValueTask DisposeAsync()
    {
        await runtime.DisposeAsync();
        await Database.DisposeAsync();
    }
}
