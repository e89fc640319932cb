namespace Laneway.Extensions.Hosting;

using Microsoft.Extensions.Logging;

/// <summary>How Laneway runs in a host. <see cref="Batching"/> and <see cref="Limits"/> are followed while the host runs
/// when the configuration changes; all else is read when it starts.</summary>
public sealed class LanewayOptions
{
    /// <summary>The name of the store that <see cref="ConnectionString"/> names.</summary>
    public const string DefaultStore = "default";

    /// <summary>The database of a host that has one: Npgsql's connection string, or a URL.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>The databases of a host that has many: their connection strings by name. Each has its own pool, lanes and
    /// limits, and a failing one does not delay another.</summary>
    public IDictionary<string, string> Stores { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>A folder of plugins that <c>laneway plugin compile</c> wrote. This, or <see cref="Schemas"/>, or neither:
    /// then every upsert comes with its extraction.</summary>
    public string? PluginFolder { get; set; }

    /// <summary>Whether <see cref="PluginFolder"/> is watched: a new set there is published while the host runs.</summary>
    public bool WatchPluginFolder { get; set; }

    /// <summary>Files with public keys, as <c>laneway plugin keygen</c> writes them: where there are any, a set in
    /// <see cref="PluginFolder"/> is taken only when one of them has signed it.</summary>
    public IList<string> PluginTrustedKeys { get; } = [];

    /// <summary>A file whose lines begin with the SHA-256 of the components that may be loaded, as <c>sha256sum *.wasm</c>
    /// writes it; <c>null</c>: any may.</summary>
    public string? PluginAllowList { get; set; }

    /// <summary>A folder of the host's own, made if it is not there, where compiled plugins are kept for the next start;
    /// <c>null</c>: each start compiles them.</summary>
    public string? PluginCodeCache { get; set; }

    /// <summary>ApiSchema files, compiled at start, which takes seconds of CPU time.</summary>
    public IList<string> Schemas { get; } = [];

    /// <summary>Whether upserts are batched. Off, each is a transaction of its own, with the same outcomes.</summary>
    public bool Batching { get; set; }

    /// <summary>Whether the host waits at start until every store is open, and ends when one cannot be opened. Otherwise
    /// it starts, health tells which are missing and why, and they are tried again. Plugins are loaded before it starts in
    /// any case, and end it where they cannot be.</summary>
    public bool WaitForStores { get; set; } = true;

    /// <summary>How long upserts that were accepted may go on at shutdown. The host's own
    /// <c>ShutdownTimeout</c> ends it earlier where it is shorter.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How many native threads move data; <c>null</c>: the native library's default.</summary>
    public int? WorkerThreads { get; set; }

    /// <summary>The most connections that a store's flushes hold; <c>null</c>: the native library's default.</summary>
    public int? ConnectionsMax { get; set; }

    /// <summary>The least that the native library says to the log.</summary>
    public LogLevel LogLevel { get; set; } = LogLevel.Information;

    /// <summary>The bounds of each store.</summary>
    public LanewayLimitSettings Limits { get; set; } = new();

    internal IEnumerable<KeyValuePair<string, string>> AllStores() =>
        ConnectionString is null ? Stores : Stores.Prepend(KeyValuePair.Create(DefaultStore, ConnectionString));
}
