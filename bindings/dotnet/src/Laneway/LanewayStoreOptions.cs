namespace Laneway;

/// <summary>Options of a store.</summary>
public sealed record LanewayStoreOptions
{
    /// <summary>The database: an Npgsql connection string or a URL (<c>postgres://user:password@host:port/database</c>). If
    /// a keyword is not supported, opening the store fails with an exception that names it.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>Checks a connection string without connecting.</summary>
    /// <param name="connectionString">An Npgsql connection string or a URL.</param>
    /// <exception cref="LanewayException">A keyword is not supported; the message names it.</exception>
    /// <exception cref="ArgumentException">It is not a connection string.</exception>
    public static void CheckConnectionString(string connectionString)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        _ = Internal.ConnectionString.ToLibpq(connectionString);
    }

    /// <summary>The plugins; <c>null</c>: none, and every upsert needs an extraction
    /// (<see cref="UpsertRequest.Extraction"/>).</summary>
    public LanewayPlugins? Plugins { get; init; }

    /// <summary>The store's limits.</summary>
    public LanewayLimits Limits { get; init; } = new();

    /// <summary>The most connections that the store uses at a time; <c>null</c>: the native library's default.</summary>
    public int? ConnectionsMax { get; init; }
}
