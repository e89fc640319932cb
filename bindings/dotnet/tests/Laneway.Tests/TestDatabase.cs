namespace Laneway.Tests;

using Npgsql;

/// <summary>A test's own database, which is dropped at its end.</summary>
internal sealed class TestDatabase : IAsyncDisposable
{
    private readonly NpgsqlConnectionStringBuilder server;

    private TestDatabase(NpgsqlConnectionStringBuilder server, string name)
    {
        this.server = server;
        ConnectionString = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = name }.ConnectionString;
        Name = name;
    }

    internal string ConnectionString { get; }

    private string Name { get; }

    internal static async Task<TestDatabase> CreateAsync()
    {
        var database = new TestDatabase(Needs.Server(), $"laneway_test_{Guid.NewGuid():N}");
        await Execute(database.server.ConnectionString, $"CREATE DATABASE {database.Name}");
        return database;
    }

    /// <summary>A database with a store's tables.</summary>
    internal static async Task<TestDatabase> DeployedAsync()
    {
        TestDatabase database = await CreateAsync();
        await using var runtime = new LanewayRuntime(new LanewayRuntimeOptions { WorkerThreads = 1 });
        await runtime.DeployAsync(database.ConnectionString);
        return database;
    }

    internal async Task<long> Count(string sql)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(ConnectionString);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    internal Task Execute(string sql) => Execute(ConnectionString, sql);

    /// <summary>A session of its own, after a first statement.</summary>
    internal async Task<NpgsqlConnection> Session(string sql)
    {
        var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await Execute(connection, sql);
        return connection;
    }

    internal static async Task Execute(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await Execute(server.ConnectionString, $"DROP DATABASE {Name} WITH (FORCE)");
    }

    private static async Task Execute(string connectionString, string sql)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(connectionString);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
