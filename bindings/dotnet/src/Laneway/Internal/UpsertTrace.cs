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

    /// <summary>The activity in which the upsert was begun.</summary>
    internal readonly ActivityContext Caller => parent;

    /// <summary>Whether there is a listener.</summary>
    internal static bool IsListenedTo => Source.HasListeners();

    internal static UpsertTrace Begin(in UpsertRequest request) => new()
    {
        startedAt = DateTimeOffset.UtcNow,
        parent = Activity.Current?.Context ?? default,
        project = request.Project,
        endpoint = request.Endpoint,
    };

    /// <summary>Begins a batch's activity, in a trace of its own because its upserts belong to several, to whose callers it
    /// links. <c>null</c> if it was not sampled.</summary>
    internal static Activity? BeginBatch(TimeSpan duration, long sequence, int size, IEnumerable<ActivityLink> callers)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        return Alone(() => Source.StartActivity(
                "laneway.batch", ActivityKind.Client, default(ActivityContext), tags: null, callers, now - duration)
            ?.SetTag("db.system.name", "postgresql")
            .SetTag("db.operation.batch.size", size)
            .SetTag("laneway.flush_sequence", sequence)
            .SetEndTime(now.UtcDateTime));
    }

    /// <summary>Ends a batch's activity.</summary>
    internal static void EndBatch(Activity batch) => Alone<object?>(() =>
    {
        batch.Stop();
        return null;
    });

    /// <summary>Runs with no activity as the current one, which would become the parent of what is started here, and leaves
    /// the current one as it was. <c>default</c> if it throws: a listener's defect must not end the thread that every upsert
    /// depends on, nor keep an upsert from its caller.</summary>
    private static T? Alone<T>(Func<T> run)
    {
        Activity? current = Activity.Current;
        try
        {
            Activity.Current = null;
            return run();
        }
#pragma warning disable CA1031 // For the reason above.
        catch (Exception)
#pragma warning restore CA1031
        {
            return default;
        }
        finally
        {
            Activity.Current = current;
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

        UpsertTrace trace = this;
        ActivityLink[]? links = Batch == default ? null : [new ActivityLink(Batch)];
        Alone<object?>(() =>
        {
            using Activity? upsert = Source.StartActivity(
                "laneway.upsert", ActivityKind.Internal, trace.parent, tags: null, links, trace.startedAt);
            upsert?.SetTag("laneway.project", trace.project)
                .SetTag("laneway.endpoint", trace.endpoint)
                .SetTag("laneway.outcome", outcome)
                .SetTag("laneway.attempts", trace.Attempts)
                .SetStatus(isError ? ActivityStatusCode.Error : ActivityStatusCode.Unset, isError ? outcome : null);
            return null;
        });
    }
}
