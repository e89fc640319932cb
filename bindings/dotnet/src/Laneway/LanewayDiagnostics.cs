namespace Laneway;

/// <summary>The names of Laneway's activity source and meter.</summary>
public static class LanewayDiagnostics
{
    /// <summary>The activity source. Each upsert has an activity with a link to that of the batch that wrote it. Activities
    /// are created when the upsert has ended, with its actual times; without a listener, none are created.</summary>
    public const string ActivitySourceName = "Laneway";

    /// <summary>The meter of <c>Laneway.Extensions.Hosting</c>.</summary>
    public const string MeterName = "Laneway";
}
