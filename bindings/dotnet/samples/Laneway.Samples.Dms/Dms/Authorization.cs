namespace EdFi.DataManagementService.Core.External.Backend;

using EdFi.DataManagementService.Core.External.Model;

/// <summary>Authorizes the caller for an operation on a document.</summary>
public interface IResourceAuthorizationHandler
{
    /// <summary>Decides from what is stored at the moment.</summary>
    Task<ResourceAuthorizationResult> Authorize(
        DocumentSecurityElements documentSecurityElements, OperationType operationType, TraceId traceId);
}

/// <summary>The decision.</summary>
public record ResourceAuthorizationResult
{
    private ResourceAuthorizationResult()
    {
    }

    /// <summary>The caller is authorized.</summary>
    public record Authorized : ResourceAuthorizationResult;

    /// <summary>The caller is not authorized.</summary>
    public record NotAuthorized(string[] ErrorMessages) : ResourceAuthorizationResult
    {
        /// <summary>The caller is not authorized; the hints may help.</summary>
        public record WithHint(string[] ErrorMessages, string[] Hints) : NotAuthorized(ErrorMessages);
    }
}

/// <summary>An operation.</summary>
public enum OperationType
{
    /// <summary>To insert or update.</summary>
    Upsert,

    /// <summary>To update.</summary>
    Update,

    /// <summary>To fetch.</summary>
    Get,

    /// <summary>To delete.</summary>
    Delete,
}
