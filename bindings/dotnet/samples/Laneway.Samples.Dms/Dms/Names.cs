namespace EdFi.DataManagementService.Core.External.Model;

/// <summary>A project's name, such as <c>Ed-Fi</c>.</summary>
public record struct ProjectName(string Value);

/// <summary>A resource's name, such as <c>Student</c>.</summary>
public record struct ResourceName(string Value);

/// <summary>The version of a resource's project.</summary>
public record struct SemVer(string Value);

/// <summary>A JSONPath.</summary>
public record struct JsonPath(string Value);

/// <summary>A request's trace id.</summary>
public record struct TraceId(string Value);

/// <summary>A document's id.</summary>
public record struct DocumentUuid(Guid Value);

/// <summary>A hash of an identity.</summary>
public record struct ReferentialId(Guid Value);

/// <summary>The id of an education organization.</summary>
public record struct EducationOrganizationId(long Value);

/// <summary>A student's unique id.</summary>
public record struct StudentUniqueId(string Value);

/// <summary>A contact's unique id.</summary>
public record struct ContactUniqueId(string Value);

/// <summary>A staff member's unique id.</summary>
public record struct StaffUniqueId(string Value);

/// <summary>A property's name in the data model, such as <c>SchoolId</c>.</summary>
public record struct MetaEdPropertyFullName(string Value);
