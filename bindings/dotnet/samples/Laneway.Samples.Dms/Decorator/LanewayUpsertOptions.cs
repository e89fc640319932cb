namespace Laneway.Samples.Dms;

/// <summary>Which upserts go to Laneway, and how. Followed while the DMS runs when the configuration changes.</summary>
public sealed class LanewayUpsertOptions
{
    /// <summary>The configuration's section.</summary>
    public const string Section = "LanewayUpserts";

    /// <summary>The feature flag: off, every upsert goes the old path.</summary>
    public bool Routing { get; set; }

    /// <summary>Who extracts.</summary>
    public ExtractionMode Extraction { get; set; } = ExtractionMode.PreExtracted;

    /// <summary>Who decides whether the caller is allowed.</summary>
    public AuthorizationMode Authorization { get; set; } = AuthorizationMode.DecidedBefore;

    /// <summary>How long an upsert waits for its outcome.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>Who says what identifies a document and what it refers to.</summary>
public enum ExtractionMode
{
    /// <summary>The DMS, which has extracted it anyway.</summary>
    PreExtracted,

    /// <summary>A plugin of Laneway's.</summary>
    Raw,
}

/// <summary>Who decides whether the caller is allowed.</summary>
public enum AuthorizationMode
{
    /// <summary>The DMS's handler, before the upsert is handed over.</summary>
    DecidedBefore,

    /// <summary>Laneway, by the caller's strategies and what the batch has read.</summary>
    AsData,
}
