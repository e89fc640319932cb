namespace Laneway.Samples.Web;

using System.Globalization;
using System.Text.Json;

/// <summary>What HTTP says of an outcome.</summary>
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
            // Whole seconds, and never "at once".
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
        UpsertOutcome.InvalidDescriptors invalid => Say(
            "bad-request", "Bad Request", "Data validation failed. See 'validationErrors' for details.",
            invalid.Descriptors.GroupBy(one => one.Path).ToDictionary(
                path => path.Key, path => path.Select(one => $"{one.Resource} value '{one.Value}' does not exist.").ToArray())),
        UpsertOutcome.InvalidDocument invalid => Say(
            "bad-request:data-validation-failed", "Data Validation Failed", "The document cannot be taken.", null, invalid.Message),
        UpsertOutcome.UnknownResource => Say("not-found", "Not Found", "The specified data could not be found."),
        UpsertOutcome.TooLarge large => Say(
            "content-too-large", "Content Too Large", $"A document has at most {large.BytesMax} bytes."),
        UpsertOutcome.InvalidReferences missing => Say(
            "data-conflict:unresolved-reference", "Unresolved Reference",
            $"The referenced {string.Join(", ", missing.Resources)} item(s) do not exist."),
        UpsertOutcome.IdentityConflict conflict => Say(
            "identity-conflict", "Identifying Values Are Not Unique",
            "The identifying value(s) of the item are the same as another item that already exists.", null,
            $"A natural key conflict occurred when attempting to create a new resource {conflict.Resource} with a duplicate key. "
            + "The duplicate keys and values are "
            + string.Join(',', conflict.Identity.Select(part => $"({part.Key} = {part.Value})"))),
        UpsertOutcome.WriteConflict => Say(
            "data-conflict", "Write Conflict", "The item was changed by another user meanwhile. Try again."),
        UpsertOutcome.NotAuthorized refused => Say(
            "security:authorization", "Authorization Denied",
            string.Join(' ', refused.Hints.Prepend("Access to the resource could not be authorized.")), null,
            [.. refused.Messages]),
        UpsertOutcome.QueueFull => Say("service-unavailable", "Service Unavailable", "The service has more to do than it can take."),
        UpsertOutcome.Closed => Say("service-unavailable", "Service Unavailable", "The service is stopping."),
        UpsertOutcome.Deadline => Say("gateway-timeout", "Gateway Timeout", "The document was not written in time."),
        UpsertOutcome.InDoubt => Say(
            "internal-server-error", "Internal Server Error",
            "The database was lost while the document was being written: it may be stored or not. Send it again."),
        // What broke is in the log, under the correlation id.
        _ => Say("internal-server-error", "Internal Server Error", "The request could not be completed."),
    };

    private Problem Say(
        string type, string title, string detail, IReadOnlyDictionary<string, string[]>? validationErrors = null,
        params IReadOnlyList<string> errors)
    {
        int status = outcome is UpsertOutcome.QueueFull && queueFullIsTooManyRequests
            ? StatusCodes.Status429TooManyRequests
            : outcome.HttpStatus;
        return Problem.Of(status, type, title, detail, traceId, validationErrors, errors);
    }
}
