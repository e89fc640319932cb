namespace Laneway.Samples.Dms.Core;

/// <summary>What a document says about itself.</summary>
public record DocumentInfo(
    DocumentIdentity DocumentIdentity, ReferentialId ReferentialId, DocumentReference[] DocumentReferences,
    DescriptorReference[] DescriptorReferences, SuperclassIdentity? SuperclassIdentity);

/// <summary>An identity, in the order of its paths.</summary>
public record DocumentIdentity(DocumentIdentityElement[] DocumentIdentityElements);

/// <summary>One value of an identity, as the document has it.</summary>
public record DocumentIdentityElement(JsonPath IdentityJsonPath, string IdentityValue);

/// <summary>A reference to a document. 0.7 does not say where it stands.</summary>
public record DocumentReference(BaseResourceInfo ResourceInfo, DocumentIdentity DocumentIdentity, ReferentialId ReferentialId);

/// <summary>A reference to a descriptor, and where it stands.</summary>
public record DescriptorReference(
    BaseResourceInfo ResourceInfo, DocumentIdentity DocumentIdentity, ReferentialId ReferentialId, JsonPath Path);

/// <summary>The document's identity under its superclass's name.</summary>
public record SuperclassIdentity(BaseResourceInfo ResourceInfo, DocumentIdentity DocumentIdentity, ReferentialId ReferentialId)
    : DocumentReference(ResourceInfo, DocumentIdentity, ReferentialId);
