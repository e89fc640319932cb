namespace Laneway.Samples.Dms;

using EdFi.DataManagementService.Core.External.Backend;
using EdFi.DataManagementService.Core.External.Model;

/// <summary>A handler that exposes its strategies. The DMS's <c>ResourceAuthorizationHandler</c> keeps its evaluators
/// private; let it implement this interface, in one line.</summary>
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

    /// <summary>The strategies; <c>null</c> if the handler must decide: it does not expose them, or one is unknown to
    /// Laneway.</summary>
    public static IReadOnlyList<AuthorizationStrategy>? ToStrategies(this IResourceAuthorizationHandler handler) =>
        handler is IHasAuthorizationStrategies { AuthorizationStrategyEvaluators: var evaluators }
        && evaluators.All(evaluator => Known.Contains(evaluator.AuthorizationStrategyName))
            ? [.. evaluators.Select(ToStrategy)]
            : null;

    private static AuthorizationStrategy ToStrategy(AuthorizationStrategyEvaluator evaluator) => new(
        evaluator.AuthorizationStrategyName, [.. evaluator.Filters.Select(filter => filter.Value)],
        MustAllow: evaluator.Operator == FilterOperator.And);
}
