namespace Laneway.Tests.Samples;

using System.Text.Json.Nodes;
using EdFi.DataManagementService.Core.External.Backend;
using EdFi.DataManagementService.Core.External.Model;
using Laneway.Samples.Dms;

/// <summary>An upsert as the DMS's handler creates it.</summary>
internal sealed record DmsRequest(
    ResourceInfo ResourceInfo, DocumentInfo DocumentInfo, JsonNode EdfiDoc, DocumentSecurityElements DocumentSecurityElements)
    : IUpsertRequest
{
    public Dictionary<string, string> Headers { get; init; } = [];

    public TraceId TraceId { get; init; } = new("dms-tests");

    public DocumentUuid DocumentUuid { get; init; } = new(Guid.NewGuid());

    public IResourceAuthorizationHandler ResourceAuthorizationHandler { get; init; } = new DmsHandler(new ResourceAuthorizationResult.Authorized());

    /// <summary>An upsert of a minimal resource. Its ReferentialIds are made up.</summary>
    internal static DmsRequest Of(string resource, params DescriptorReference[] descriptors) => new(
        new ResourceInfo(new("Ed-Fi"), new(resource), false, new("5.2.0"), false, new(false, 0, null), []),
        new DocumentInfo(
            new DocumentIdentity([new(new("$.schoolId"), "1")]), default, [], descriptors, null),
        new JsonObject { ["schoolId"] = 1 },
        new DocumentSecurityElements([], [], [], [], []));
}

/// <summary>A handler with a fixed decision, which counts its calls.</summary>
internal class DmsHandler(ResourceAuthorizationResult decision) : IResourceAuthorizationHandler
{
    internal int Asked { get; private set; }

    public Task<ResourceAuthorizationResult> Authorize(
        DocumentSecurityElements documentSecurityElements, OperationType operationType, TraceId traceId)
    {
        Assert.Equal(OperationType.Upsert, operationType);
        Asked++;
        return Task.FromResult(decision);
    }
}

/// <summary>A handler that exposes its strategies.</summary>
internal sealed class DmsShowingHandler(params AuthorizationStrategyEvaluator[] evaluators)
    : DmsHandler(new ResourceAuthorizationResult.NotAuthorized(["The handler decided."])), IHasAuthorizationStrategies
{
    public IReadOnlyList<AuthorizationStrategyEvaluator> AuthorizationStrategyEvaluators => evaluators;
}
