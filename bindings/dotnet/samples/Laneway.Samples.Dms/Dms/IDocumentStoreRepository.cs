namespace Laneway.Samples.Dms.Core;

/// <summary>What the DMS's handlers store and fetch documents through. The types of this folder have the names and the shape
/// of the DMS's own (0.7, <c>EdFi.DataManagementService.Core.External</c>), as far as the decorator sees them: in the DMS the
/// folder is left out.</summary>
public interface IDocumentStoreRepository
{
    /// <summary>Inserts a document, or updates the one with its identity.</summary>
    Task<UpsertResult> UpsertDocument(IUpsertRequest upsertRequest);

    /// <summary>Fetches a document.</summary>
    Task<GetResult> GetDocumentById(IGetRequest getRequest);

    /// <summary>Updates a document, whose identity may change with all that refers to it.</summary>
    Task<UpdateResult> UpdateDocumentById(IUpdateRequest updateRequest);

    /// <summary>Deletes a document.</summary>
    Task<DeleteResult> DeleteDocumentById(IDeleteRequest deleteRequest);
}

/// <summary>What answers queries; the DMS's repository is this too, registered by itself.</summary>
public interface IQueryHandler
{
    /// <summary>Finds documents.</summary>
    Task<QueryResult> QueryDocuments(IQueryRequest queryRequest);
}
