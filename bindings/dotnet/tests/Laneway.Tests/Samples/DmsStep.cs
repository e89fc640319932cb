namespace Laneway.Tests.Samples;

using System.Text.Json.Nodes;
using EdFi.DataManagementService.Core.External.Backend;
using EdFi.DataManagementService.Core.External.Model;

/// <summary>An operation of a recorded sequence, and its expected result.</summary>
internal sealed record DmsStep(DmsRequest? Upsert, Guid Deleted, string Expected)
{
    /// <summary>Reads a step; <c>null</c>: its document cannot be extracted, so the DMS does not pass it to the repository.
    /// </summary>
    internal static DmsStep? Parse(JsonNode step, Queue<string> extracted, JsonNode schema)
    {
        if (step["delete"] is { } deletion)
        {
            return new DmsStep(null, (Guid)deletion["document_uuid"]!, (string?)step["outcome"]?["outcome"] ?? "deleted");
        }

        (string line, JsonNode upsert) = (extracted.Dequeue(), step["upsert"]!);
        if (JsonNode.Parse(line)!["error"] is not null)
        {
            return null;
        }

        upsert["body"] ??= JsonNode.Parse((string)upsert["body_text"]!);
        DmsRequest request = new DmsDocument(upsert.ToJsonString(), line, schema).Request;
        return new DmsStep(
            request with
            {
                DocumentUuid = new((Guid)upsert["document_uuid"]!),
                TraceId = new((string)upsert["trace_id"]!),
                ResourceAuthorizationHandler = new DmsShowingHandler([.. (upsert["authorization"]?.AsArray() ?? []).Select(Strategy)]),
            },
            default, Comparable(step["outcome"]!));
    }

    /// <summary>Runs the operation and returns its result.</summary>
    internal async Task<string> Run(DmsStore store) =>
        Upsert is { } request ? Comparable(Record(await store.Bench.Upsert(request)))
        : await store.Delete(Deleted) ? "deleted" : "referenced";

    private static AuthorizationStrategyEvaluator Strategy(JsonNode? recorded) => new(
        (string)recorded!["strategy"]!,
        [.. recorded["filters"]!.AsArray().Select(filter => new AuthorizationFilter.EducationOrganization((string)filter!))],
        Enum.Parse<FilterOperator>((string)recorded["operator"]!));

    /// <summary>A result as it would have been recorded.</summary>
    private static JsonObject Record(UpsertResult result) => result switch
    {
        UpsertResult.InsertSuccess inserted => new() { ["outcome"] = "inserted", ["document_uuid"] = inserted.NewDocumentUuid.Value },
        UpsertResult.UpdateSuccess updated => new() { ["outcome"] = "updated", ["document_uuid"] = updated.ExistingDocumentUuid.Value },
        UpsertResult.UpsertFailureReference invalid => new()
        {
            ["outcome"] = "invalid_references",
            ["resources"] = Texts(invalid.ResourceNames.Select(name => name.Value)),
        },
        UpsertResult.UpsertFailureDescriptorReference invalid => new()
        {
            ["outcome"] = "invalid_descriptors",
            ["descriptors"] = new JsonArray([.. invalid.InvalidDescriptorReferences.Select(Record)]),
        },
        UpsertResult.UpsertFailureIdentityConflict conflict => new()
        {
            ["outcome"] = "identity_conflict",
            ["resource"] = conflict.ResourceName.Value,
            ["identity"] = new JsonArray([.. conflict.DuplicateIdentityValues.Select(part => Texts([part.Key, part.Value]))]),
        },
        UpsertResult.UpsertFailureNotAuthorized refused => new()
        {
            ["outcome"] = "not_authorized", ["messages"] = Texts(refused.ErrorMessages), ["hints"] = Texts(refused.Hints ?? []),
        },
        _ => new() { ["outcome"] = "failed" },
    };

    private static JsonNode Record(DescriptorReference reference) => new JsonObject
    {
        ["path"] = reference.Path.Value,
        ["resource"] = reference.ResourceInfo.ResourceName.Value,
        ["value"] = reference.DocumentIdentity.DocumentIdentityElements[0].IdentityValue,
    };

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    /// <summary>A result's text. The DMS has a single result for <c>failed</c> and <c>invalid_document</c>, and the order of
    /// resource names does not matter.</summary>
    private static string Comparable(JsonNode outcome)
    {
        if (outcome["resources"] is JsonArray names)
        {
            outcome["resources"] = Texts(names.Select(name => (string)name!).Order(StringComparer.Ordinal));
        }

        return (string)outcome["outcome"]! is "failed" or "invalid_document" ? "failed" : outcome.ToJsonString();
    }
}
