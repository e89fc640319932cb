namespace Laneway.Samples.Dms.Core;

using System.Text.Json.Nodes;

/// <summary>An update.</summary>
public interface IUpdateRequest
{
    /// <summary>The document's resource.</summary>
    ResourceInfo ResourceInfo { get; }

    /// <summary>What the document says about itself.</summary>
    DocumentInfo DocumentInfo { get; }

    /// <summary>The document.</summary>
    JsonNode EdfiDoc { get; }

    /// <summary>The HTTP request's headers.</summary>
    Dictionary<string, string> Headers { get; }

    /// <summary>Finds the request in logs, and is stored with the document.</summary>
    TraceId TraceId { get; }

    /// <summary>The document's id; of an upsert the one that it gets if it is new.</summary>
    DocumentUuid DocumentUuid { get; }

    /// <summary>What the caller must be allowed to touch.</summary>
    DocumentSecurityElements DocumentSecurityElements { get; }

    /// <summary>Decides whether the caller is allowed.</summary>
    IResourceAuthorizationHandler ResourceAuthorizationHandler { get; }
}

/// <summary>An upsert, which may turn out to be an update.</summary>
public interface IUpsertRequest : IUpdateRequest;

/// <summary>A fetch.</summary>
public interface IGetRequest
{
    /// <summary>The document's id.</summary>
    DocumentUuid DocumentUuid { get; }

    /// <summary>Finds the request in logs.</summary>
    TraceId TraceId { get; }
}

/// <summary>A deletion.</summary>
public interface IDeleteRequest
{
    /// <summary>The document's id.</summary>
    DocumentUuid DocumentUuid { get; }

    /// <summary>Finds the request in logs.</summary>
    TraceId TraceId { get; }
}

/// <summary>A query.</summary>
public interface IQueryRequest
{
    /// <summary>Finds the request in logs.</summary>
    TraceId TraceId { get; }
}
