namespace Laneway.Tests.Samples;

using Laneway.Samples.Dms;
using Npgsql;

/// <summary>A store on a real server, behind a decorator.</summary>
internal sealed class DmsStore : IAsyncDisposable
{
    private readonly TestDatabase database;
    private readonly LanewayRuntime runtime;

    private DmsStore(TestDatabase database, LanewayRuntime runtime, DmsBench bench)
    {
        this.database = database;
        this.runtime = runtime;
        Bench = bench;
    }

    internal DmsBench Bench { get; }

    internal static async Task<DmsStore> Open(ResourceEndpoints endpoints, LanewayPlugins? plugins)
    {
        TestDatabase database = await TestDatabase.DeployedAsync();
        var runtime = new LanewayRuntime(new LanewayRuntimeOptions { WorkerThreads = 1 });
        LanewayClient client = await runtime.OpenAsync(new LanewayStoreOptions
        {
            ConnectionString = database.ConnectionString,
            Plugins = plugins,
            Limits = new LanewayLimits { Batching = true },
        });
        return new DmsStore(database, runtime, new DmsBench(client, endpoints));
    }

    internal Task<long> Count(string sql) => database.Count(sql);

    internal Task Empty() => database.Execute(
        """
        DELETE FROM dms.Reference;
        DELETE FROM dms.EducationOrganizationHierarchy;
        DELETE FROM dms.EducationOrganizationHierarchyTermsLookup;
        DELETE FROM dms.Document;
        """);

    /// <summary>Deletes a document; <c>false</c> if others refer to it.</summary>
    internal async Task<bool> Delete(Guid uuid)
    {
        try
        {
            await database.Execute($"DELETE FROM dms.Document WHERE DocumentUuid = '{uuid}'");
            return true;
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            return false;
        }
    }

    /// <summary>All rows, one per line, without row ids, UUIDs and times.</summary>
    internal async Task<List<string>> Lines()
    {
        string canonical = await File.ReadAllTextAsync(Path.Combine(Needs.Data().FullName, "canonical-store.sql"));
        string rows = string.Concat(canonical.AsSpan(0, canonical.LastIndexOf("SELECT replace(", StringComparison.Ordinal)),
            "SELECT tbl || ': ' || line FROM line");
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(database.ConnectionString);
        await using NpgsqlCommand command = source.CreateCommand(rows);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        do
        {
            while (await reader.ReadAsync())
            {
                lines.Add(reader.GetString(0));
            }
        }
        while (await reader.NextResultAsync());
        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    public async ValueTask DisposeAsync()
    {
        await runtime.DisposeAsync();
        await database.DisposeAsync();
    }
}
