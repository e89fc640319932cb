namespace EdFi.DataManagementService.Core.External.Model;

/// <summary>A document's extraction: identity and references.</summary>
public record DocumentInfo(
    DocumentIdentity DocumentIdentity, ReferentialId ReferentialId, DocumentReference[] DocumentReferences,
    DescriptorReference[] DescriptorReferences, SuperclassIdentity? SuperclassIdentity);

/// <summary>An identity's values, in the order of the identity paths.</summary>
public record DocumentIdentity(DocumentIdentityElement[] DocumentIdentityElements);

/// <summary>One value of an identity, as in the document.</summary>
public record DocumentIdentityElement(JsonPath IdentityJsonPath, string IdentityValue);

/// <summary>A reference to a document. In 0.7 it has no path.</summary>
public record DocumentReference(BaseResourceInfo ResourceInfo, DocumentIdentity DocumentIdentity, ReferentialId ReferentialId);

/// <summary>A reference to a descriptor, and its path.</summary>
public record DescriptorReference(
    BaseResourceInfo ResourceInfo, DocumentIdentity DocumentIdentity, ReferentialId ReferentialId, JsonPath Path);

/// <summary>The document's identity under its superclass's name.</summary>
public record SuperclassIdentity(BaseResourceInfo ResourceInfo, DocumentIdentity DocumentIdentity, ReferentialId ReferentialId)
    : DocumentReference(ResourceInfo, DocumentIdentity, ReferentialId);
