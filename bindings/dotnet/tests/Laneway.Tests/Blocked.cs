namespace Laneway.Tests;

using Npgsql;

/// <summary>Locks a store's documents, so that writing waits until the lock is released.</summary>
internal sealed class Blocked : IAsyncDisposable
{
    private readonly NpgsqlConnection connection;
    private readonly NpgsqlTransaction transaction;

    private Blocked(NpgsqlConnection connection, NpgsqlTransaction transaction) =>
        (this.connection, this.transaction) = (connection, transaction);

    internal static async Task<Blocked> StoreAsync(TestDatabase database)
    {
        var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync();
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand("LOCK TABLE dms.Document IN ACCESS EXCLUSIVE MODE", connection, transaction);
        await command.ExecuteNonQueryAsync();
        return new Blocked(connection, transaction);
    }

    /// <summary>Completes when a session waits for the lock.</summary>
    internal async Task HasWaiter()
    {
        await using var command = new NpgsqlCommand(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            connection, transaction);
        while ((long)(await command.ExecuteScalarAsync())! == 0)
        {
            await Task.Yield();
        }
    }

    internal Task Release() => transaction.CommitAsync();

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
