namespace Laneway.Samples.Dms;

using Laneway.Samples.Dms.Core;

/// <summary>Laneway's outcomes as the DMS's results.</summary>
public static class OutcomeMapping
{
    /// <summary>Whether Laneway could not take the document, so that nothing was written and the old path may.</summary>
    public static bool IsForOldPath(this UpsertOutcome outcome) => outcome is UpsertOutcome.UnknownResource
        or UpsertOutcome.TooLarge or UpsertOutcome.PluginFailed or UpsertOutcome.Closed;

    /// <summary>What the DMS's handler is told.</summary>
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
        // Both may succeed when they are handed in again, which the DMS does after a pause.
        UpsertOutcome.WriteConflict or UpsertOutcome.QueueFull => new UpsertResult.UpsertFailureWriteConflict(),
        _ => new UpsertResult.UnknownFailure(Describe(outcome)),
    };

    /// <summary>The document's own references, of which an outcome tells the paths.</summary>
    private static List<DescriptorReference> Find(UpsertOutcome.InvalidDescriptors invalid, DocumentInfo document)
    {
        HashSet<string> paths = [.. invalid.Descriptors.Select(descriptor => descriptor.Path)];
        return [.. document.DescriptorReferences.Where(reference => paths.Contains(reference.Path.Value))];
    }

    /// <summary>What the caller may read. What broke inside is for the log.</summary>
    private static string Describe(UpsertOutcome outcome) => outcome switch
    {
        UpsertOutcome.InvalidDocument invalid => invalid.Message,
        UpsertOutcome.InDoubt => "The database was lost while the document was written: it may be stored or not.",
        UpsertOutcome.Deadline => "The document was not written in time.",
        _ => "Unknown Failure",
    };
}
