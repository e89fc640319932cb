namespace Laneway.Samples.Dms;

/// <summary>Options of the decorator. Changes of the configuration take effect while the DMS runs.</summary>
public sealed class LanewayUpsertOptions
{
    /// <summary>The configuration's section.</summary>
    public const string Section = "LanewayUpserts";

    /// <summary>Whether upserts are routed to Laneway. If not, all take the old path. (<c>Laneway:Batching</c> is another
    /// question: whether Laneway batches those that it gets.)</summary>
    public bool Routing { get; set; }

    /// <summary>Which side extracts.</summary>
    public ExtractionMode Extraction { get; set; } = ExtractionMode.PreExtracted;

    /// <summary>Which side authorizes.</summary>
    public AuthorizationMode Authorization { get; set; } = AuthorizationMode.DecidedBefore;

    /// <summary>How long an upsert may wait until it is being written (<see cref="UpsertRequest.Timeout"/>).</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>Which side extracts identity, references and security elements.</summary>
public enum ExtractionMode
{
    /// <summary>The DMS: its extraction is passed on.</summary>
    PreExtracted,

    /// <summary>Laneway, by a plugin.</summary>
    Raw,
}

/// <summary>Which side authorizes the caller.</summary>
public enum AuthorizationMode
{
    /// <summary>The DMS's handler, before the upsert is submitted.</summary>
    DecidedBefore,

    /// <summary>Laneway, from the caller's strategies and what the batch has read.</summary>
    AsData,
}
