namespace Laneway.Samples.Dms;

using System.Text.Json;
using EdFi.DataManagementService.Core.External.Backend;
using EdFi.DataManagementService.Core.External.Interface;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

/// <summary>Passes upserts to Laneway, and everything else to the repository that it decorates.</summary>
public sealed partial class LanewayDocumentStoreRepository(
    IDocumentStoreRepository inner, ILanewayClientSource stores, ResourceEndpoints endpoints,
    IOptionsMonitor<LanewayUpsertOptions> options, ILogger<LanewayDocumentStoreRepository> logger,
    IRequestAborted? aborted = null) : IDocumentStoreRepository
{
    // Laneway does not support preconditions. 0.7 heeds them in updates only, later versions in upserts too.
    private static readonly string[] Preconditions = ["If-Match", "If-None-Match"];

    /// <inheritdoc/>
    public Task<UpsertResult> UpsertDocument(IUpsertRequest upsertRequest)
    {
        ArgumentNullException.ThrowIfNull(upsertRequest);
        LanewayUpsertOptions now = options.CurrentValue;
        return now.Routing && !HasPrecondition(upsertRequest) && stores.Current is { } client
            && endpoints.Find(upsertRequest.ResourceInfo) is { } endpoint
                ? Upsert(upsertRequest, client, endpoint, now)
                : inner.UpsertDocument(upsertRequest);
    }

    /// <inheritdoc/>
    public Task<GetResult> GetDocumentById(IGetRequest getRequest) => inner.GetDocumentById(getRequest);

    /// <inheritdoc/>
    public Task<UpdateResult> UpdateDocumentById(IUpdateRequest updateRequest) => inner.UpdateDocumentById(updateRequest);

    /// <inheritdoc/>
    public Task<DeleteResult> DeleteDocumentById(IDeleteRequest deleteRequest) => inner.DeleteDocumentById(deleteRequest);

    private async Task<UpsertResult> Upsert(
        IUpsertRequest request, LanewayClient client, (string Project, string Endpoint) endpoint, LanewayUpsertOptions now)
    {
        IReadOnlyList<AuthorizationStrategy>? strategies =
            now.Authorization == AuthorizationMode.AsData ? request.ResourceAuthorizationHandler.ToStrategies() : null;
        if (strategies is null && await Refusal(request) is { } refusal)
        {
            return refusal;
        }

        UpsertOutcome outcome = await Submit(
            client, ToLaneway(request, endpoint, now) with { Authorization = strategies }, aborted?.Token ?? default);
        if (outcome.IsForOldPath())
        {
            TakesOldPath(logger, endpoint.Project, endpoint.Endpoint, outcome, request.TraceId.Value);
            return await inner.UpsertDocument(request);
        }

        UpsertResult result = outcome.ToResult(request.DocumentInfo);
        if (result is UpsertResult.UnknownFailure)
        {
            Failed(logger, endpoint.Project, endpoint.Endpoint, outcome, request.TraceId.Value);
        }

        return result;
    }

    private static async Task<UpsertOutcome> Submit(LanewayClient client, UpsertRequest request, CancellationToken aborted)
    {
        try
        {
            return await client.UpsertAsync(request, aborted);
        }
        catch (ArgumentException exception)
        {
            // Laneway refuses the request itself, for instance a trace id of more than 128 characters, which the DMS's own
            // repository reports as a failure of the upsert too.
            return new UpsertOutcome.Failed(null, exception.Message);
        }
    }

    private static UpsertRequest ToLaneway(
        IUpsertRequest request, (string Project, string Endpoint) endpoint, LanewayUpsertOptions now) => new()
        {
            Project = endpoint.Project,
            Endpoint = endpoint.Endpoint,
            Document = JsonSerializer.SerializeToUtf8Bytes(request.EdfiDoc),
            DocumentUuid = request.DocumentUuid.Value,
            TraceId = request.TraceId.Value,
            Timeout = now.Timeout,
            Extraction = now.Extraction == ExtractionMode.PreExtracted ? request.ToExtraction().ToUtf8() : default,
        };

    /// <summary>The result if the DMS's own handler does not authorize the request; otherwise <c>null</c>.</summary>
    private static async Task<UpsertResult?> Refusal(IUpsertRequest request) =>
        await request.ResourceAuthorizationHandler.Authorize(
            request.DocumentSecurityElements, OperationType.Upsert, request.TraceId) switch
        {
            ResourceAuthorizationResult.NotAuthorized.WithHint refused =>
                new UpsertResult.UpsertFailureNotAuthorized(refused.ErrorMessages, refused.Hints),
            ResourceAuthorizationResult.NotAuthorized refused =>
                new UpsertResult.UpsertFailureNotAuthorized(refused.ErrorMessages),
            _ => null,
        };

    private static bool HasPrecondition(IUpsertRequest request) =>
        request.Headers.Keys.Any(header => Preconditions.Contains(header, StringComparer.OrdinalIgnoreCase));

    [LoggerMessage(LogLevel.Warning, "An upsert of {Project}/{Endpoint} ended as {Outcome} and takes the old path ({TraceId})")]
    private static partial void TakesOldPath(
        ILogger logger, string project, string endpoint, UpsertOutcome outcome, string traceId);

    [LoggerMessage(LogLevel.Error, "An upsert of {Project}/{Endpoint} ended as {Outcome} ({TraceId})")]
    private static partial void Failed(
        ILogger logger, string project, string endpoint, UpsertOutcome outcome, string traceId);
}
