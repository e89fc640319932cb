namespace Laneway.Extensions.Hosting;

using Microsoft.Extensions.Logging;

/// <summary>Options of Laneway in a host. Changes of <see cref="Batching"/>, <see cref="DrainTimeout"/> and
/// <see cref="Limits"/> in the configuration take effect while the host runs, except for the four limits that are fixed when
/// a store is opened; everything else is read when the host starts. In the configuration, an empty value is as none.
/// </summary>
public sealed class LanewayOptions
{
    /// <summary>The name of the store in <see cref="ConnectionString"/>.</summary>
    public const string DefaultStore = "default";

    /// <summary>The database of a host with one store: an Npgsql connection string or a URL.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>The databases of a host with several stores: connection strings by store name. Each store has its own
    /// connections, lanes and limits, and does not delay the others if it fails.</summary>
    public IDictionary<string, string> Stores { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>A folder of plugins that was written by <c>laneway plugin compile</c>. Set this or <see cref="Schemas"/>;
    /// with neither, every upsert needs an extraction.</summary>
    public string? PluginFolder { get; set; }

    /// <summary>Whether <see cref="PluginFolder"/> is watched: new plugins there are published while the host runs.</summary>
    public bool WatchPluginFolder { get; set; }

    /// <summary>Files with public keys, as written by <c>laneway plugin keygen</c>. If there are any, plugins in
    /// <see cref="PluginFolder"/> are accepted only if signed by one of them.</summary>
    public IList<string> PluginTrustedKeys { get; } = [];

    /// <summary>A file that lists the components that may be loaded: lines that begin with a component's SHA-256, as written
    /// by <c>sha256sum *.wasm</c>. <c>null</c>: all.</summary>
    public string? PluginAllowList { get; set; }

    /// <summary>A folder that only the host uses, created if missing, in which compiled plugins are cached for the next
    /// start; <c>null</c>: every start compiles them.</summary>
    public string? PluginCodeCache { get; set; }

    /// <summary>ApiSchema files, which are compiled when the host starts; that takes seconds of CPU time.</summary>
    public IList<string> Schemas { get; } = [];

    /// <summary>Whether upserts are batched. Off, as it is by default, each runs in its own transaction, with the same outcome.</summary>
    public bool Batching { get; set; }

    /// <summary>Whether the host's start waits until every store is open, and fails if one cannot be opened. Otherwise the
    /// host starts, the health check reports which stores are not open and why, and opening them is retried. In either case
    /// plugins are loaded first, and the start fails if that fails.</summary>
    public bool WaitForStores { get; set; } = true;

    /// <summary>How long accepted upserts may take to end at shutdown, up to a day. The host's own <c>ShutdownTimeout</c> applies too.
    /// </summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>The number of native I/O threads, 1 to 256; <c>null</c>: the native library's default.</summary>
    public int? WorkerThreads { get; set; }

    /// <summary>The most connections that each store uses at a time, from 1; <c>null</c>: the native library's default.</summary>
    public int? ConnectionsMax { get; set; }

    /// <summary>What is coerced in documents before they are extracted and stored: by default nothing, for hosts that have done
    /// so. It needs plugins that name what is coerced, as those from ApiSchema files do.</summary>
    public LanewayCoercion Coercion { get; set; }

    /// <summary>How transactions are isolated from those of other sessions.</summary>
    public LanewayIsolation Isolation { get; set; }

    /// <summary>The least severe entries that the native library writes to the log.</summary>
    public LogLevel LogLevel { get; set; } = LogLevel.Information;

    /// <summary>The limits of each store. Its <see cref="LanewayLimits.Batching"/> must not be set: use
    /// <see cref="Batching"/>.</summary>
    public LanewayLimits Limits { get; set; } = new();

    internal LanewayLimits EffectiveLimits => Limits with { Batching = Batching };

    /// <summary>These options with what may change while the host runs as in others.</summary>
    internal LanewayOptions With(LanewayOptions changed)
    {
        var merged = (LanewayOptions)MemberwiseClone();
        merged.Batching = changed.Batching;
        merged.DrainTimeout = changed.DrainTimeout;
        merged.Limits = changed.Limits with
        {
            ExtractThreads = Limits.ExtractThreads,
            LockTimeout = Limits.LockTimeout,
            StatementTimeout = Limits.StatementTimeout,
            IdleInTransactionTimeout = Limits.IdleInTransactionTimeout,
            AnswerTimeout = Limits.AnswerTimeout,
        };
        return merged;
    }

    internal IEnumerable<KeyValuePair<string, string>> AllStores() =>
        ConnectionString is null ? Stores : Stores.Prepend(KeyValuePair.Create(DefaultStore, ConnectionString));
}
