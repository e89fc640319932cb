namespace Laneway.Samples.Dms;

using Laneway.Samples.Dms.Core;

/// <summary>A handler that shows what it decides by. The DMS's <c>ResourceAuthorizationHandler</c> keeps its evaluators to
/// itself; it gets this interface, and one line that hands them out.</summary>
public interface IHasAuthorizationStrategies
{
    /// <summary>The caller's strategies.</summary>
    IReadOnlyList<AuthorizationStrategyEvaluator> AuthorizationStrategyEvaluators { get; }
}

/// <summary>The caller's strategies in Laneway's form.</summary>
public static class AuthorizationMapping
{
    private static readonly HashSet<string> Known =
    [
        "NoFurtherAuthorizationRequired", "NamespaceBased", "RelationshipsWithEdOrgsOnly", "RelationshipsWithStudentsOnly",
        "RelationshipsWithStudentsOnlyThroughResponsibility", "RelationshipsWithEdOrgsAndPeople",
    ];

    /// <summary>The strategies; <c>null</c>: the handler does not show them, or Laneway does not know one, so the handler
    /// decides.</summary>
    public static IReadOnlyList<AuthorizationStrategy>? ToStrategies(this IResourceAuthorizationHandler handler) =>
        handler is IHasAuthorizationStrategies { AuthorizationStrategyEvaluators: var evaluators }
        && evaluators.All(evaluator => Known.Contains(evaluator.AuthorizationStrategyName))
            ? [.. evaluators.Select(ToStrategy)]
            : null;

    private static AuthorizationStrategy ToStrategy(AuthorizationStrategyEvaluator evaluator) => new(
        evaluator.AuthorizationStrategyName, [.. evaluator.Filters.Select(filter => filter.Value)],
        MustAllow: evaluator.Operator == FilterOperator.And);
}
