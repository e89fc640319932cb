namespace Laneway;

/// <summary>How plugins are loaded, and whatever is published in their place later: who must vouch for them, and where
/// their compiled code is kept.</summary>
public sealed record LanewayPluginsOptions
{
    /// <summary>Public keys as PEM, as <c>laneway plugin keygen</c> writes them. Where there are any, only folders are
    /// taken that one of them has signed (<c>laneway plugin sign</c>).</summary>
    public IReadOnlyList<string> TrustedKeys { get; init; } = [];

    /// <summary>Lines that begin with the SHA-256 of a component, as <c>sha256sum *.wasm</c> writes them; no others are
    /// taken. <c>null</c>: any.</summary>
    public string? AllowList { get; init; }

    /// <summary>A folder of the host's own, made if it is not there, where compiled code is kept, so that the next start
    /// takes a fraction of the time; <c>null</c>: nowhere.</summary>
    public string? CodeCacheFolder { get; init; }
}
