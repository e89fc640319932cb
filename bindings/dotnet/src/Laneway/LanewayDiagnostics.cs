namespace Laneway;

/// <summary>The names under which Laneway can be listened to.</summary>
public static class LanewayDiagnostics
{
    /// <summary>The activity source: one activity for each upsert, with a link to that of the batch that wrote it. They
    /// are made when the upsert has ended, with the times that it took; without a listener nothing is made.</summary>
    public const string ActivitySourceName = "Laneway";

    /// <summary>The meter of <c>Laneway.Extensions.Hosting</c>.</summary>
    public const string MeterName = "Laneway";
}
