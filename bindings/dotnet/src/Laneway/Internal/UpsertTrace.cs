namespace Laneway.Internal;

using System.Diagnostics;

/// <summary>What becomes an upsert's activity when it has ended: only then is it known which batch to link to, and links
/// cannot be added later on .NET 8.</summary>
internal struct UpsertTrace
{
    private static readonly ActivitySource Source = new(
        LanewayDiagnostics.ActivitySourceName, typeof(UpsertTrace).Assembly.GetName().Version?.ToString(3));

    private DateTimeOffset startedAt;
    private ActivityContext parent;
    private string? project;
    private string? endpoint;

    /// <summary>Whether somebody listened when it began.</summary>
    internal readonly bool IsOn => project is not null;

    /// <summary>The activity of the batch that wrote it last, if there was one.</summary>
    internal ActivityContext Batch { get; set; }

    /// <summary>How many transactions were begun for it.</summary>
    internal int Attempts { get; set; }

    /// <summary>Whether somebody listens.</summary>
    internal static bool IsListenedTo => Source.HasListeners();

    internal static UpsertTrace Begin(in UpsertRequest request) => new()
    {
        startedAt = DateTimeOffset.UtcNow,
        parent = Activity.Current?.Context ?? default,
        project = request.Project,
        endpoint = request.Endpoint,
    };

    /// <summary>Makes a batch's activity, a trace of its own since its upserts come from many; its context, or nothing if
    /// nobody wants it.</summary>
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
#pragma warning disable CA1031 // A listener that throws must not end the thread that every upsert hangs on.
        catch (Exception)
#pragma warning restore CA1031
        {
            return default;
        }
    }

    /// <summary>Makes the upsert's activity.</summary>
    /// <param name="outcome">How it ended; a word of the vocabulary.</param>
    /// <param name="isError">Whether somebody should look.</param>
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
