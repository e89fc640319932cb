namespace Laneway.Samples.Web;

using System.Text.Json.Serialization;

/// <summary>The body of a failed request's response, in the DMS's form.</summary>
/// <param name="Detail">What happened.</param>
/// <param name="Type">The kind of problem, as a URN.</param>
/// <param name="Title">The kind of problem, in words.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="CorrelationId">Identifies the request in the service's log.</param>
/// <param name="ValidationErrors">Validation errors, by JSON path.</param>
/// <param name="Errors">Further errors.</param>
internal sealed record Problem(
    string Detail, string Type, string Title, int Status, string CorrelationId,
    IReadOnlyDictionary<string, string[]> ValidationErrors, IReadOnlyList<string> Errors)
{
    /// <summary>Problem details, RFC 9457.</summary>
    internal const string ContentType = "application/problem+json";

    internal static Problem Of(
        int status, string type, string title, string detail, string correlationId,
        IReadOnlyDictionary<string, string[]>? validationErrors = null, params IReadOnlyList<string> errors) =>
        new(detail, "urn:ed-fi:api:" + type, title, status, correlationId,
            validationErrors ?? new Dictionary<string, string[]>(), errors);
}

/// <summary>Serializes problems.</summary>
[JsonSerializable(typeof(Problem))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class ProblemJson : JsonSerializerContext;
