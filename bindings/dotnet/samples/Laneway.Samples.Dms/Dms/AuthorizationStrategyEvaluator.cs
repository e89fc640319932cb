namespace EdFi.DataManagementService.Core.External.Model;

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

/// <summary>How a strategy is combined with others.</summary>
public enum FilterOperator
{
    /// <summary>At least one of the strategies with <c>Or</c> must allow.</summary>
    Or,

    /// <summary>Every strategy with <c>And</c> must allow.</summary>
    And,
}
