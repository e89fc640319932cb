namespace EdFi.DataManagementService.Core.External.Backend;

using System.Text.Json.Nodes;
using EdFi.DataManagementService.Core.External.Model;

/// <summary>An update.</summary>
public interface IUpdateRequest
{
    /// <summary>The document's resource.</summary>
    ResourceInfo ResourceInfo { get; }

    /// <summary>The document's identity and references.</summary>
    DocumentInfo DocumentInfo { get; }

    /// <summary>The document.</summary>
    JsonNode EdfiDoc { get; }

    /// <summary>The HTTP request's headers.</summary>
    Dictionary<string, string> Headers { get; }

    /// <summary>Identifies the request in logs; stored with the document.</summary>
    TraceId TraceId { get; }

    /// <summary>The document's id; in an upsert, the id for a new document.</summary>
    DocumentUuid DocumentUuid { get; }

    /// <summary>The parts of the document that authorization depends on.</summary>
    DocumentSecurityElements DocumentSecurityElements { get; }

    /// <summary>Authorizes the caller.</summary>
    IResourceAuthorizationHandler ResourceAuthorizationHandler { get; }
}

/// <summary>An upsert.</summary>
public interface IUpsertRequest : IUpdateRequest;

/// <summary>A get.</summary>
public interface IGetRequest
{
    /// <summary>The document's id.</summary>
    DocumentUuid DocumentUuid { get; }

    /// <summary>Identifies the request in logs.</summary>
    TraceId TraceId { get; }
}

/// <summary>A deletion.</summary>
public interface IDeleteRequest
{
    /// <summary>The document's id.</summary>
    DocumentUuid DocumentUuid { get; }

    /// <summary>Identifies the request in logs.</summary>
    TraceId TraceId { get; }
}

/// <summary>A query.</summary>
public interface IQueryRequest
{
    /// <summary>Identifies the request in logs.</summary>
    TraceId TraceId { get; }
}
