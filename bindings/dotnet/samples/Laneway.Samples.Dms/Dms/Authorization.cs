namespace Laneway.Samples.Dms.Core;

/// <summary>Decides whether the caller is allowed to do something with a document.</summary>
public interface IResourceAuthorizationHandler
{
    /// <summary>Decides, by what is stored at this moment.</summary>
    Task<ResourceAuthorizationResult> Authorize(
        DocumentSecurityElements documentSecurityElements, OperationType operationType, TraceId traceId);
}

/// <summary>What it decided.</summary>
public record ResourceAuthorizationResult
{
    private ResourceAuthorizationResult()
    {
    }

    /// <summary>The caller is allowed.</summary>
    public record Authorized : ResourceAuthorizationResult;

    /// <summary>The caller is not.</summary>
    public record NotAuthorized(string[] ErrorMessages) : ResourceAuthorizationResult
    {
        /// <summary>The caller is not, and may be told what would help.</summary>
        public record WithHint(string[] ErrorMessages, string[] Hints) : NotAuthorized(ErrorMessages);
    }
}

/// <summary>One of the caller's authorization strategies, with the caller's claims.</summary>
public record AuthorizationStrategyEvaluator(
    string AuthorizationStrategyName, AuthorizationFilter[] Filters, FilterOperator Operator);

/// <summary>A claim.</summary>
public abstract record AuthorizationFilter(string Value)
{
    /// <summary>An education organization's id.</summary>
    public record EducationOrganization(string EducationOrganizationId) : AuthorizationFilter(EducationOrganizationId);

    /// <summary>A prefix of namespaces.</summary>
    public record Namespace(string NamespacePrefix) : AuthorizationFilter(NamespacePrefix);
}

/// <summary>How a strategy stands with others: each of these must allow, or one of those.</summary>
public enum FilterOperator
{
    /// <summary>One of those with <c>Or</c> must allow.</summary>
    Or,

    /// <summary>Each with <c>And</c> must allow.</summary>
    And,
}

/// <summary>What the caller wants to do.</summary>
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
