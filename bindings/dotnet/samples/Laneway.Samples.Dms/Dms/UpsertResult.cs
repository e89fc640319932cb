namespace Laneway.Samples.Dms.Core;

/// <summary>How an upsert ended.</summary>
public record UpsertResult
{
    private UpsertResult()
    {
    }

    /// <summary>The document is new.</summary>
    public record InsertSuccess(DocumentUuid NewDocumentUuid) : UpsertResult;

    /// <summary>The document was there.</summary>
    public record UpdateSuccess(DocumentUuid ExistingDocumentUuid) : UpsertResult;

    /// <summary>Document references name nothing.</summary>
    public record UpsertFailureReference(ResourceName[] ResourceNames) : UpsertResult;

    /// <summary>Descriptor references name nothing.</summary>
    public record UpsertFailureDescriptorReference(List<DescriptorReference> InvalidDescriptorReferences) : UpsertResult;

    /// <summary>Another document has the identity.</summary>
    public record UpsertFailureIdentityConflict(
        ResourceName ResourceName, IEnumerable<KeyValuePair<string, string>> DuplicateIdentityValues) : UpsertResult;

    /// <summary>Concurrent changes got in the way; the DMS hands the request in again, a few times.</summary>
    public record UpsertFailureWriteConflict : UpsertResult;

    /// <summary>The caller is not allowed.</summary>
    public record UpsertFailureNotAuthorized(string[] ErrorMessages, string[]? Hints = null) : UpsertResult;

    /// <summary>Anything else.</summary>
    public record UnknownFailure(string FailureMessage) : UpsertResult;
}
