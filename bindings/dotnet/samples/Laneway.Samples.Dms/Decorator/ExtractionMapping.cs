namespace Laneway.Samples.Dms;

using EdFi.DataManagementService.Core.External.Backend;
using EdFi.DataManagementService.Core.External.Model;

/// <summary>The DMS's extraction in Laneway's form.</summary>
public static class ExtractionMapping
{
    /// <summary>The extraction of a request's document. With the DMS's ReferentialIds: should Laneway compute others, the
    /// upsert fails instead of storing references that the DMS cannot find.</summary>
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
            ReferentialId = document.ReferentialId.Value,
            Superclass = document.SuperclassIdentity is { } superclass ? Named(superclass, null) : null,
            DocumentReferences = References(request),
            DescriptorReferences = [.. document.DescriptorReferences.Select(one =>
                Named(one.ResourceInfo, one.DocumentIdentity, one.ReferentialId, one.Path.Value))],
            SecurableKeys = [.. resource.AuthorizationSecurableInfo.Select(Key)],
            Namespaces = security.Namespace,
            EducationOrganizations =
                [.. security.EducationOrganization.Select(one => (one.PropertyName.Value, one.Id.Value))],
            Students = [.. security.Student.Select(one => one.Value)],
            Contacts = [.. security.Contact.Select(one => one.Value)],
            Staff = [.. security.Staff.Select(one => one.Value)],
            Hierarchy = resource.EducationOrganizationHierarchyInfo is { IsInEducationOrganizationHierarchy: true } position
                ? (position.Id, position.ParentId)
                : null,
        };
    }

    private static IReadOnlyList<Laneway.DocumentIdentity> References(IUpsertRequest request)
    {
        AssociationSides? sides = AssociationSides.Of(request.ResourceInfo, request.EdfiDoc);
        DocumentReference[] references = request.DocumentInfo.DocumentReferences;
        return [.. references.Select(one => sides?.WithPath(one) ?? Named(one, null))];
    }

    internal static Laneway.DocumentIdentity Named(DocumentReference reference, string? path) =>
        Named(reference.ResourceInfo, reference.DocumentIdentity, reference.ReferentialId, path);

    private static Laneway.DocumentIdentity Named(
        BaseResourceInfo target, DocumentIdentity identity, ReferentialId id, string? path) =>
        new(target.ProjectName.Value, target.ResourceName.Value, Values(identity), path, id.Value);

    private static IReadOnlyList<IdentityValue> Values(DocumentIdentity identity) =>
        [.. identity.DocumentIdentityElements.Select(one => new IdentityValue(one.IdentityJsonPath.Value, one.IdentityValue))];

    /// <summary>Laneway's key: <c>Student</c> for the DMS's <c>StudentUniqueId</c>.</summary>
    private static string Key(AuthorizationSecurableInfo securable) =>
        securable.SecurableKey.Replace("UniqueId", "", StringComparison.Ordinal);
}
