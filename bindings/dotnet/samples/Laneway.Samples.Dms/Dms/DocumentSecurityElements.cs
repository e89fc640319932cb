namespace Laneway.Samples.Dms.Core;

/// <summary>What authorization looks at in a document.</summary>
public record DocumentSecurityElements(
    string[] Namespace, EducationOrganizationSecurityElement[] EducationOrganization, StudentUniqueId[] Student,
    ContactUniqueId[] Contact, StaffUniqueId[] Staff);

/// <summary>An education organization of a document, and the property that names it.</summary>
public record EducationOrganizationSecurityElement(MetaEdPropertyFullName PropertyName, EducationOrganizationId Id);
