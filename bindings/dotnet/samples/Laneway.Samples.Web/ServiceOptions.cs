namespace Laneway.Samples.Web;

/// <summary>What the service itself can be told.</summary>
internal sealed class ServiceOptions
{
    /// <summary>The largest body. Laneway has a limit of its own, which answers in the same way.</summary>
    public int BodyBytesMax { get; set; } = 16 << 20;

    /// <summary>How long a request waits for its outcome.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often an upsert that met a write conflict is handed in again.</summary>
    public int WriteConflictRetriesMax { get; set; } = 3;

    /// <summary>Whether a full queue is answered 429 (it is the caller's pace) and not 503 (it is the service's).</summary>
    public bool QueueFullIsTooManyRequests { get; set; }

    /// <summary>What an administrator sends as <c>X-Admin-Key</c>; without one there is no administration.</summary>
    public string? AdminKey { get; set; }

    /// <summary>The folder whose folders an administrator may publish plugins from.</summary>
    public string? PluginsRoot { get; set; }
}
