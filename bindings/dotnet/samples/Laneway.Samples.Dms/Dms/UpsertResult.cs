namespace EdFi.DataManagementService.Core.External.Backend;

using EdFi.DataManagementService.Core.External.Model;

/// <summary>An upsert's result.</summary>
public record UpsertResult
{
    private UpsertResult()
    {
    }

    /// <summary>The document was inserted.</summary>
    public record InsertSuccess(DocumentUuid NewDocumentUuid) : UpsertResult;

    /// <summary>The document was updated.</summary>
    public record UpdateSuccess(DocumentUuid ExistingDocumentUuid) : UpsertResult;

    /// <summary>Referenced documents do not exist.</summary>
    public record UpsertFailureReference(ResourceName[] ResourceNames) : UpsertResult;

    /// <summary>Referenced descriptors do not exist.</summary>
    public record UpsertFailureDescriptorReference(List<DescriptorReference> InvalidDescriptorReferences) : UpsertResult;

    /// <summary>Another document has the identity.</summary>
    public record UpsertFailureIdentityConflict(
        ResourceName ResourceName, IEnumerable<KeyValuePair<string, string>> DuplicateIdentityValues) : UpsertResult;

    /// <summary>A conflict with concurrent writes; the DMS retries the request a few times.</summary>
    public record UpsertFailureWriteConflict : UpsertResult;

    /// <summary>The caller is not authorized.</summary>
    public record UpsertFailureNotAuthorized(string[] ErrorMessages, string[]? Hints = null) : UpsertResult;

    /// <summary>Anything else.</summary>
    public record UnknownFailure(string FailureMessage) : UpsertResult;
}
