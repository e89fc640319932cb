namespace Laneway.Samples.Web;

/// <summary>The service's own options.</summary>
internal sealed class ServiceOptions
{
    /// <summary>The largest body, in bytes. Laneway's own limit leads to the same response.</summary>
    public int BodyBytesMax { get; set; } = 16 << 20;

    /// <summary>How long an upsert may wait until it is being written.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often an upsert is retried after a write conflict.</summary>
    public int WriteConflictRetriesMax { get; set; } = 3;

    /// <summary>Whether the status of a full queue is 429 (callers are too fast) instead of 503 (the service is too slow).
    /// </summary>
    public bool QueueFullIsTooManyRequests { get; set; }

    /// <summary>The key that administrators send as <c>X-Admin-Key</c>; without one, there are no administration endpoints.
    /// </summary>
    public string? AdminKey { get; set; }

    /// <summary>The folder whose subfolders administrators may publish plugins from.</summary>
    public string? PluginsRoot { get; set; }
}
