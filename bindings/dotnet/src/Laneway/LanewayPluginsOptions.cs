namespace Laneway;

/// <summary>Options for loading plugins, and for those published later in their place: which are trusted, and where compiled
/// code is cached.</summary>
public sealed record LanewayPluginsOptions
{
    /// <summary>Public keys in PEM form, as written by <c>laneway plugin keygen</c>. If there are any, only folders signed by
    /// one of them (<c>laneway plugin sign</c>) are accepted.</summary>
    public IReadOnlyList<string> TrustedKeys { get; init; } = [];

    /// <summary>The components that are accepted: lines that begin with a component's SHA-256, as written by
    /// <c>sha256sum *.wasm</c>. <c>null</c>: all.</summary>
    public string? AllowList { get; init; }

    /// <summary>A folder that only the host uses, created if missing, in which compiled code is cached: the next start takes
    /// a fraction of the time. <c>null</c>: no cache.</summary>
    public string? CodeCacheFolder { get; init; }
}
