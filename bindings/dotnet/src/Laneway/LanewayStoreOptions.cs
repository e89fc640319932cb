namespace Laneway;

/// <summary>How a store is opened.</summary>
public sealed record LanewayStoreOptions
{
    /// <summary>The database: Npgsql's connection string, or a URL
    /// (<c>postgres://user:password@host:port/database</c>). A key that cannot be honoured is named by the exception.
    /// </summary>
    public required string ConnectionString { get; init; }

    /// <summary>Checks a connection string without connecting.</summary>
    /// <param name="connectionString">Npgsql's, or a URL.</param>
    /// <exception cref="LanewayException">It has a key that cannot be honoured.</exception>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static void CheckConnectionString(string connectionString)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        _ = Internal.ConnectionString.ToLibpq(connectionString);
    }

    /// <summary>What says which resources there are; <c>null</c>: nothing does, and every upsert comes with its
    /// extraction.</summary>
    public LanewayPlugins? Plugins { get; init; }

    /// <summary>The bounds.</summary>
    public LanewayLimits Limits { get; init; } = new();

    /// <summary>The most connections that flushes hold at a time; <c>null</c>: the native library's default.</summary>
    public int? ConnectionsMax { get; init; }
}
