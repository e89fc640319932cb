namespace EdFi.DataManagementService.Core.External.Interface;

using EdFi.DataManagementService.Core.External.Backend;

/// <summary>The repository through which the DMS's handlers store and fetch documents. The types in this folder stand in for
/// the DMS's own (0.7): same namespaces, names and shapes, as far as the decorator uses them. Inside the DMS, leave the folder
/// out.</summary>
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

/// <summary>Answers queries. Implemented by the DMS's repository too, and registered separately.</summary>
public interface IQueryHandler
{
    /// <summary>Finds documents.</summary>
    Task<QueryResult> QueryDocuments(IQueryRequest queryRequest);
}
