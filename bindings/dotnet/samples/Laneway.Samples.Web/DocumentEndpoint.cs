namespace Laneway.Samples.Web;

using System.Diagnostics;
using Laneway.Extensions.Hosting;
using Microsoft.Extensions.Options;

/// <summary><c>POST /data/{project}/{endpoint}</c>. Authentication and authorization are left out here: a service authorizes
/// the caller before, or passes strategies with the request.</summary>
internal static partial class DocumentEndpoint
{
    internal static void MapDocuments(this WebApplication app) => app.MapPost("/data/{project}/{endpoint}", Post)
        .WithName("UpsertDocument")
        .WithSummary("Stores a document: inserts it, or updates the one with its identity.")
        .Accepts<object>("application/json")
        .Produces(StatusCodes.Status201Created)
        .Produces(StatusCodes.Status200OK)
        .Produces<Problem>(StatusCodes.Status400BadRequest, Problem.ContentType)
        .Produces<Problem>(StatusCodes.Status403Forbidden, Problem.ContentType)
        .Produces<Problem>(StatusCodes.Status404NotFound, Problem.ContentType)
        .Produces<Problem>(StatusCodes.Status409Conflict, Problem.ContentType)
        .Produces<Problem>(StatusCodes.Status413PayloadTooLarge, Problem.ContentType)
        .Produces<Problem>(StatusCodes.Status500InternalServerError, Problem.ContentType)
        .Produces<Problem>(StatusCodes.Status503ServiceUnavailable, Problem.ContentType)
        .Produces<Problem>(StatusCodes.Status504GatewayTimeout, Problem.ContentType);

    private static async Task<IResult> Post(
        string project, string endpoint, HttpContext http, LanewayStores stores, IOptions<ServiceOptions> options,
        TimeProvider time, ILogger<Program> logger)
    {
        string traceId = Activity.Current?.TraceId.ToString() ?? http.TraceIdentifier;
        if (await Read(http.Request, options.Value.BodyBytesMax) is not { } read)
        {
            return OutcomeResult.TooLarge(traceId, options.Value.BodyBytesMax);
        }

        StampedBody body = StampedBody.Of(read, time.GetUtcNow());
        UpsertOutcome outcome = await Upsert(
            stores.Get(),
            new UpsertRequest
            {
                Project = project,
                Endpoint = endpoint,
                Document = body.Document,
                TraceId = traceId,
                Timeout = options.Value.RequestTimeout,
            },
            options.Value.WriteConflictRetriesMax,
            http.RequestAborted);
        if (outcome.HttpStatus == StatusCodes.Status500InternalServerError)
        {
            Failed(logger, project, endpoint, outcome, traceId);
        }

        return new OutcomeResult(outcome, project, endpoint, body.Etag, traceId, options.Value.QueueFullIsTooManyRequests);
    }

    /// <summary>Upserts, and retries after a write conflict. Each time with a new id for a new document; the ids sort by time.
    /// </summary>
    private static async Task<UpsertOutcome> Upsert(
        LanewayClient client, UpsertRequest request, int retriesMax, CancellationToken aborted)
    {
        for (int retry = 0; ; retry++)
        {
            UpsertOutcome outcome = await client.UpsertAsync(request with { DocumentUuid = Guid.CreateVersion7() }, aborted);
            if (outcome is not UpsertOutcome.WriteConflict || retry >= retriesMax)
            {
                return outcome;
            }
        }
    }

    /// <summary>The body; <c>null</c> if it is too large.</summary>
    private static async Task<ReadOnlyMemory<byte>?> Read(HttpRequest request, int bytesMax)
    {
        if (request.ContentLength > bytesMax)
        {
            return null;
        }

        var body = new MemoryStream((int)(request.ContentLength ?? 0));
        byte[] piece = new byte[16 << 10];
        int count;
        while ((count = await request.Body.ReadAsync(piece, request.HttpContext.RequestAborted)) > 0)
        {
            if (body.Length + count > bytesMax)
            {
                return null;
            }

            body.Write(piece, 0, count);
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    [LoggerMessage(LogLevel.Error, "An upsert of {Project}/{Endpoint} ended as {Outcome} ({TraceId})")]
    private static partial void Failed(ILogger logger, string project, string endpoint, UpsertOutcome outcome, string traceId);
}
