namespace Laneway.Samples.Web;

using System.Globalization;
using System.Text.Json;

/// <summary>An outcome as an HTTP response.</summary>
internal sealed class OutcomeResult(
    UpsertOutcome outcome, string project, string endpoint, string? etag, string traceId, bool queueFullIsTooManyRequests)
    : IResult
{
    internal static IResult TooLarge(string traceId, long bytesMax) =>
        new OutcomeResult(new UpsertOutcome.TooLarge(bytesMax + 1, bytesMax), "", "", null, traceId, false);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        HttpResponse response = httpContext.Response;
        if (outcome is UpsertOutcome.Stored stored)
        {
            response.StatusCode = outcome.HttpStatus;
            response.Headers.Location = $"/data/{Uri.EscapeDataString(project)}/{Uri.EscapeDataString(endpoint)}/{stored.DocumentUuid}";
            response.Headers["etag"] = etag;
            return;
        }

        if (outcome is UpsertOutcome.QueueFull full)
        {
            // The header takes whole seconds; 0 would mean at once.
            response.Headers.RetryAfter =
                Math.Max(1, Math.Ceiling(full.RetryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        Problem problem = Describe();
        response.StatusCode = problem.Status;
        response.ContentType = Problem.ContentType;
        await JsonSerializer.SerializeAsync(
            response.Body, problem, ProblemJson.Default.Problem, httpContext.RequestAborted);
    }

    private Problem Describe() => outcome switch
    {
        UpsertOutcome.InvalidDescriptors invalid => Create(
            "bad-request", "Bad Request", "Data validation failed. See 'validationErrors' for details.",
            invalid.Descriptors.GroupBy(one => one.Path).ToDictionary(
                path => path.Key, path => path.Select(one => $"{one.Resource} value '{one.Value}' does not exist.").ToArray())),
        UpsertOutcome.InvalidDocument invalid => Create(
            "bad-request:data-validation-failed", "Data Validation Failed", "The document is invalid.", null, invalid.Message),
        UpsertOutcome.Failed { IsDocumentAtFault: true } refused => Create(
            "bad-request:data-validation-failed", "Data Validation Failed", "The document contains what cannot be stored.", null,
            $"SQLSTATE {refused.SqlState}"),
        UpsertOutcome.UnknownResource => Create("not-found", "Not Found", "The specified data could not be found."),
        UpsertOutcome.TooLarge large => Create(
            "content-too-large", "Content Too Large", $"A document has at most {large.BytesMax} bytes."),
        UpsertOutcome.InvalidReferences missing => Create(
            "data-conflict:unresolved-reference", "Unresolved Reference",
            $"The referenced {string.Join(", ", missing.Resources)} item(s) do not exist."),
        UpsertOutcome.IdentityConflict conflict => Create(
            "identity-conflict", "Identifying Values Are Not Unique",
            "The identifying value(s) of the item are the same as another item that already exists.", null,
            $"A natural key conflict occurred when attempting to create a new resource {conflict.Resource} with a duplicate key. "
            + "The duplicate keys and values are "
            + string.Join(',', conflict.Identity.Select(part => $"({part.Key} = {part.Value})"))),
        UpsertOutcome.WriteConflict => Create(
            "data-conflict", "Write Conflict", "The item was changed by another user meanwhile. Try again."),
        UpsertOutcome.NotAuthorized refused => Create(
            "security:authorization", "Authorization Denied",
            string.Join(' ', refused.Hints.Prepend("Access to the resource could not be authorized.")), null,
            [.. refused.Messages]),
        UpsertOutcome.QueueFull => Create("service-unavailable", "Service Unavailable", "The service is overloaded. Try again later."),
        UpsertOutcome.Closed => Create("service-unavailable", "Service Unavailable", "The service is stopping."),
        UpsertOutcome.Deadline => Create("gateway-timeout", "Gateway Timeout", "The document was not written in time."),
        UpsertOutcome.InDoubt => Create(
            "internal-server-error", "Internal Server Error",
            "The database was lost while the document was being written: it may be stored or not. Send it again."),
        // The details are in the log, under the correlation id.
        _ => Create("internal-server-error", "Internal Server Error", "The request could not be completed."),
    };

    private Problem Create(
        string type, string title, string detail, IReadOnlyDictionary<string, string[]>? validationErrors = null,
        params IReadOnlyList<string> errors)
    {
        int status = outcome is UpsertOutcome.QueueFull && queueFullIsTooManyRequests
            ? StatusCodes.Status429TooManyRequests
            : outcome.HttpStatus;
        return Problem.Of(status, type, title, detail, traceId, validationErrors, errors);
    }
}
