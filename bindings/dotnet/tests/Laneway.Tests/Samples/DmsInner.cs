namespace Laneway.Tests.Samples;

using EdFi.DataManagementService.Core.External.Backend;
using EdFi.DataManagementService.Core.External.Interface;

/// <summary>The requests that a repository received.</summary>
internal sealed class DmsCalls : List<object>;

/// <summary>The decorated repository: records its requests and returns recognizable results.</summary>
internal sealed class DmsInner(DmsCalls calls) : IDocumentStoreRepository, IQueryHandler
{
    internal static readonly UpsertResult Upserted = new UpsertResult.UnknownFailure("the old path");
    internal static readonly GetResult Got = new();
    internal static readonly UpdateResult Updated = new();
    internal static readonly DeleteResult Deleted = new();

    public Task<UpsertResult> UpsertDocument(IUpsertRequest upsertRequest) => Note(upsertRequest, Upserted);

    public Task<GetResult> GetDocumentById(IGetRequest getRequest) => Note(getRequest, Got);

    public Task<UpdateResult> UpdateDocumentById(IUpdateRequest updateRequest) => Note(updateRequest, Updated);

    public Task<DeleteResult> DeleteDocumentById(IDeleteRequest deleteRequest) => Note(deleteRequest, Deleted);

    public Task<QueryResult> QueryDocuments(IQueryRequest queryRequest) => Note(queryRequest, new QueryResult());

    private Task<T> Note<T>(object request, T result)
    {
        calls.Add(request);
        return Task.FromResult(result);
    }
}
