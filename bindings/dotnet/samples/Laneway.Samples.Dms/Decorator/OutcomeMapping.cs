namespace Laneway.Samples.Dms;

using EdFi.DataManagementService.Core.External.Backend;
using EdFi.DataManagementService.Core.External.Model;

/// <summary>Laneway's outcomes as the DMS's results.</summary>
public static class OutcomeMapping
{
    /// <summary>Whether Laneway could not handle the document. Nothing was written, so the old path may try.</summary>
    public static bool IsForOldPath(this UpsertOutcome outcome) => outcome is UpsertOutcome.UnknownResource
        or UpsertOutcome.TooLarge or UpsertOutcome.PluginFailed or UpsertOutcome.Closed;

    /// <summary>The result for the DMS's handler.</summary>
    public static UpsertResult ToResult(this UpsertOutcome outcome, DocumentInfo document) => outcome switch
    {
        UpsertOutcome.Inserted inserted => new UpsertResult.InsertSuccess(new(inserted.DocumentUuid)),
        UpsertOutcome.Updated updated => new UpsertResult.UpdateSuccess(new(updated.DocumentUuid)),
        UpsertOutcome.InvalidDescriptors invalid => new UpsertResult.UpsertFailureDescriptorReference(Find(invalid, document)),
        UpsertOutcome.InvalidReferences invalid => new UpsertResult.UpsertFailureReference(
            [.. invalid.Resources.Select(name => new ResourceName(name))]),
        UpsertOutcome.IdentityConflict conflict => new UpsertResult.UpsertFailureIdentityConflict(
            new(conflict.Resource), conflict.Identity),
        UpsertOutcome.NotAuthorized refused => new UpsertResult.UpsertFailureNotAuthorized(
            [.. refused.Messages], refused.Hints.Count > 0 ? [.. refused.Hints] : null),
        // Both may succeed when retried, which the DMS does after a pause.
        UpsertOutcome.WriteConflict or UpsertOutcome.QueueFull => new UpsertResult.UpsertFailureWriteConflict(),
        _ => new UpsertResult.UnknownFailure(Describe(outcome)),
    };

    /// <summary>The document's references with the paths that the outcome names.</summary>
    private static List<DescriptorReference> Find(UpsertOutcome.InvalidDescriptors invalid, DocumentInfo document)
    {
        HashSet<string> paths = [.. invalid.Descriptors.Select(descriptor => descriptor.Path)];
        return [.. document.DescriptorReferences.Where(reference => paths.Contains(reference.Path.Value))];
    }

    /// <summary>The message for the caller. It includes the SQLSTATE of a failure; the details are for the log only.</summary>
    private static string Describe(UpsertOutcome outcome) => outcome switch
    {
        UpsertOutcome.InvalidDocument invalid => invalid.Message,
        UpsertOutcome.InDoubt => "The database was lost while the document was written: it may be stored or not.",
        UpsertOutcome.Deadline => "The document was not written in time.",
        UpsertOutcome.Failed { SqlState: { } sqlState } => $"Unknown Failure (SQLSTATE {sqlState})",
        _ => "Unknown Failure",
    };
}
