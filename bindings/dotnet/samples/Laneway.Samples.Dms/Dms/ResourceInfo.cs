namespace EdFi.DataManagementService.Core.External.Model;

/// <summary>A resource.</summary>
public record BaseResourceInfo(ProjectName ProjectName, ResourceName ResourceName, bool IsDescriptor);

/// <summary>A document's resource, with the document's position in the hierarchy.</summary>
public record ResourceInfo(
    ProjectName ProjectName, ResourceName ResourceName, bool IsDescriptor, SemVer ResourceVersion, bool AllowIdentityUpdates,
    EducationOrganizationHierarchyInfo EducationOrganizationHierarchyInfo, AuthorizationSecurableInfo[] AuthorizationSecurableInfo)
    : BaseResourceInfo(ProjectName, ResourceName, IsDescriptor);

/// <summary>An education organization's position in the hierarchy.</summary>
public record EducationOrganizationHierarchyInfo(bool IsInEducationOrganizationHierarchy, long Id, long? ParentId);

/// <summary>A kind of security element that the resource's documents can have: <c>StudentUniqueId</c>, <c>ContactUniqueId</c>,
/// <c>StaffUniqueId</c>, <c>Namespace</c>, <c>EducationOrganization</c>.</summary>
public record AuthorizationSecurableInfo(string SecurableKey);
