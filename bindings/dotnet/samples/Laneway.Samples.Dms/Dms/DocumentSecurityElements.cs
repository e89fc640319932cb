namespace EdFi.DataManagementService.Core.External.Model;

/// <summary>The parts of a document that authorization depends on.</summary>
public record DocumentSecurityElements(
    string[] Namespace, EducationOrganizationSecurityElement[] EducationOrganization, StudentUniqueId[] Student,
    ContactUniqueId[] Contact, StaffUniqueId[] Staff);

/// <summary>An education organization of a document, and the property that contains its id.</summary>
public record EducationOrganizationSecurityElement(MetaEdPropertyFullName PropertyName, EducationOrganizationId Id);
