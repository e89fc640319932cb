namespace Laneway.Samples.Dms;

using Laneway.Samples.Dms.Core;

/// <summary>What the DMS has extracted, in Laneway's form.</summary>
public static class ExtractionMapping
{
    /// <summary>Maps what a request says about its document. ReferentialIds are left out: Laneway computes them.</summary>
    public static DocumentExtraction ToExtraction(this IUpsertRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        (ResourceInfo resource, DocumentInfo document) = (request.ResourceInfo, request.DocumentInfo);
        DocumentSecurityElements security = request.DocumentSecurityElements;
        return new DocumentExtraction
        {
            ProjectName = resource.ProjectName.Value,
            ResourceName = resource.ResourceName.Value,
            ResourceVersion = resource.ResourceVersion.Value,
            IsDescriptor = resource.IsDescriptor,
            Identity = Values(document.DocumentIdentity),
            Superclass = document.SuperclassIdentity is { } superclass ? Named(superclass) : null,
            DocumentReferences = References(request),
            DescriptorReferences = [.. document.DescriptorReferences.Select(Named)],
            SecurableKeys = [.. resource.AuthorizationSecurableInfo.Select(Key).Where(key => key.Length > 0)],
            Namespaces = security.Namespace,
            EducationOrganizations = [.. security.EducationOrganization.Select(one => (one.PropertyName.Value, one.Id.Value))],
            Students = [.. security.Student.Select(one => one.Value)],
            Contacts = [.. security.Contact.Select(one => one.Value)],
            Staff = [.. security.Staff.Select(one => one.Value)],
            Hierarchy = resource.EducationOrganizationHierarchyInfo is { IsInEducationOrganizationHierarchy: true } place
                ? (place.Id, place.ParentId)
                : null,
        };
    }

    private static IReadOnlyList<Laneway.DocumentIdentity> References(IUpsertRequest request)
    {
        AssociationSides? sides = AssociationSides.Of(request.ResourceInfo, request.EdfiDoc);
        return [.. request.DocumentInfo.DocumentReferences.Select(reference => sides?.Place(reference) ?? Named(reference))];
    }

    private static Laneway.DocumentIdentity Named(DocumentReference reference) => new(
        reference.ResourceInfo.ProjectName.Value, reference.ResourceInfo.ResourceName.Value, Values(reference.DocumentIdentity));

    private static Laneway.DocumentIdentity Named(DescriptorReference reference) => new(
        reference.ResourceInfo.ProjectName.Value, reference.ResourceInfo.ResourceName.Value, Values(reference.DocumentIdentity),
        reference.Path.Value);

    internal static IReadOnlyList<IdentityValue> Values(Core.DocumentIdentity identity) =>
        [.. identity.DocumentIdentityElements.Select(element => new IdentityValue(element.IdentityJsonPath.Value, element.IdentityValue))];

    /// <summary>The DMS names a person's key by its id, Laneway by the person.</summary>
    private static string Key(AuthorizationSecurableInfo securable) =>
        securable.SecurableKey.Replace("UniqueId", "", StringComparison.Ordinal);
}
