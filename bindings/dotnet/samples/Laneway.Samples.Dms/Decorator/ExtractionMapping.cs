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
            SecurableKeys = [.. resource.AuthorizationSecurableInfo.Select(Key)],
            Namespaces = security.Namespace,
            EducationOrganizations =
                [.. security.EducationOrganization.Select(one => (one.PropertyName.Value, one.Id.Value))],
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
        DocumentReference[] references = request.DocumentInfo.DocumentReferences;
        return [.. sides is null ? references.Select(Named) : references.Select(sides.Place)];
    }

    private static Laneway.DocumentIdentity Named(DocumentReference reference) =>
        Named(reference.ResourceInfo, reference.DocumentIdentity, null);

    private static Laneway.DocumentIdentity Named(DescriptorReference reference) =>
        Named(reference.ResourceInfo, reference.DocumentIdentity, reference.Path.Value);

    private static Laneway.DocumentIdentity Named(BaseResourceInfo target, Core.DocumentIdentity identity, string? path) =>
        new(target.ProjectName.Value, target.ResourceName.Value, Values(identity), path);

    internal static IReadOnlyList<IdentityValue> Values(Core.DocumentIdentity identity) =>
        [.. identity.DocumentIdentityElements.Select(one => new IdentityValue(one.IdentityJsonPath.Value, one.IdentityValue))];

    /// <summary>The DMS names a person's key by its id, Laneway by the person.</summary>
    private static string Key(AuthorizationSecurableInfo securable) =>
        securable.SecurableKey.Replace("UniqueId", "", StringComparison.Ordinal);
}
