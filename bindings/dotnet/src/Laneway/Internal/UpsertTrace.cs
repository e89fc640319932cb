namespace Laneway.Internal;

using System.Diagnostics;

/// <summary>The data of an upsert's activity, which is created when the upsert has ended: only then is the batch to link to
/// known, and .NET 8 cannot add links later.</summary>
internal struct UpsertTrace
{
    private static readonly ActivitySource Source = new(
        LanewayDiagnostics.ActivitySourceName, typeof(UpsertTrace).Assembly.GetName().Version?.ToString(3));

    private DateTimeOffset startedAt;
    private ActivityContext parent;
    private string? project;
    private string? endpoint;

    /// <summary>Whether there was a listener when it began.</summary>
    internal readonly bool IsOn => project is not null;

    /// <summary>The activity of the last batch that carried the upsert, if there was one.</summary>
    internal ActivityContext Batch { get; set; }

    /// <summary>The number of transactions that were begun for it.</summary>
    internal int Attempts { get; set; }

    /// <summary>Whether there is a listener.</summary>
    internal static bool IsListenedTo => Source.HasListeners();

    internal static UpsertTrace Begin(in UpsertRequest request) => new()
    {
        startedAt = DateTimeOffset.UtcNow,
        parent = Activity.Current?.Context ?? default,
        project = request.Project,
        endpoint = request.Endpoint,
    };

    /// <summary>Creates a batch's activity, in a trace of its own because its upserts belong to several. Returns its context;
    /// <c>default</c> if it was not sampled.</summary>
    internal static ActivityContext MakeBatch(TimeSpan duration, long sequence, int size)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        try
        {
            using Activity? batch = Source.StartActivity(
                "laneway.batch", ActivityKind.Client, default(ActivityContext), startTime: now - duration);
            batch?.SetTag("db.system.name", "postgresql")
                .SetTag("db.operation.batch.size", size)
                .SetTag("laneway.flush_sequence", sequence);
            return batch?.Context ?? default;
        }
#pragma warning disable CA1031 // A listener that throws must not end the thread that every upsert depends on.
        catch (Exception)
#pragma warning restore CA1031
        {
            return default;
        }
    }

    /// <summary>Creates the upsert's activity.</summary>
    /// <param name="outcome">The outcome's name.</param>
    /// <param name="isError">Whether the activity's status is an error.</param>
    internal readonly void End(string outcome, bool isError)
    {
        if (!IsOn)
        {
            return;
        }

        try
        {
            ActivityLink[]? links = Batch == default ? null : [new ActivityLink(Batch)];
            using Activity? upsert = Source.StartActivity(
                "laneway.upsert", ActivityKind.Internal, parent, tags: null, links, startedAt);
            upsert?.SetTag("laneway.project", project)
                .SetTag("laneway.endpoint", endpoint)
                .SetTag("laneway.outcome", outcome)
                .SetTag("laneway.attempts", Attempts)
                .SetStatus(isError ? ActivityStatusCode.Error : ActivityStatusCode.Unset, isError ? outcome : null);
        }
#pragma warning disable CA1031 // A listener that throws must not keep the upsert from its caller.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}
