namespace Laneway.Samples.Dms;

using System.Text.Json;
using System.Text.Json.Nodes;
using EdFi.DataManagementService.Core.External.Model;

/// <summary>Finds the two sides of an association among a document's references: for instance the student and the school,
/// and not next year's school. Laneway needs their paths, because the store's triggers read them. References of 0.7 have no
/// path, so the side is recognized by its value in the body. A DMS whose <c>DocumentReference</c> has a <c>Path</c> passes
/// that on and needs neither this class nor its table, which repeats what Laneway's model knows only for that reason.
/// </summary>
internal sealed class AssociationSides
{
    private const string Elsewhere = "$.otherReference";

    private static readonly Side Student = new("Student", "studentReference", "studentUniqueId");
    private static readonly Side School = new("School", "schoolReference", "schoolId");
    private static readonly Side Contact = new("Contact", "contactReference", "contactUniqueId");
    private static readonly Side Staff = new("Staff", "staffReference", "staffUniqueId");
    private static readonly Side Organization =
        new("EducationOrganization", "educationOrganizationReference", "educationOrganizationId");

    private static readonly Dictionary<string, Side[]> Associations = new()
    {
        ["StudentSchoolAssociation"] = [Student, School],
        ["StudentContactAssociation"] = [Student, Contact],
        ["StudentEducationOrganizationResponsibilityAssociation"] = [Student, Organization],
        ["StaffEducationOrganizationEmploymentAssociation"] = [Staff, Organization],
        ["StaffEducationOrganizationAssignmentAssociation"] = [Staff, Organization],
    };

    private readonly List<(Side Side, JsonNode Value)> left;

    private AssociationSides(IEnumerable<Side> sides, JsonNode body) =>
        left = [.. from side in sides let value = body[side.Member]?[side.Key] where value is not null select (side, value)];

    /// <summary>The sides of a document; <c>null</c> if its resource is not one of the associations with triggers.</summary>
    internal static AssociationSides? Of(ResourceInfo resource, JsonNode body) =>
        resource.ProjectName.Value == "Ed-Fi" && Associations.TryGetValue(resource.ResourceName.Value, out Side[]? sides)
            ? new AssociationSides(sides, body)
            : null;

    /// <summary>A reference with its path. If two refer to the same document, the first is taken as the side.</summary>
    internal Laneway.DocumentIdentity WithPath(DocumentReference reference)
    {
        BaseResourceInfo target = reference.ResourceInfo;
        DocumentIdentityElement[] identity = reference.DocumentIdentity.DocumentIdentityElements;
        int at = left.FindIndex(one => one.Side.Resource == target.ResourceName.Value
            && identity is [var only] && only.IdentityValue == Text(one.Value));
        if (at < 0)
        {
            return ExtractionMapping.Named(reference, Elsewhere);
        }

        (Side side, JsonNode value) = left[at];
        left.RemoveAt(at);
        var element = new IdentityValue(
            identity[0].IdentityJsonPath.Value, identity[0].IdentityValue, value.GetValueKind() == JsonValueKind.Number);
        return ExtractionMapping.Named(reference, "$." + side.Member) with { Identity = [element] };
    }

    /// <summary>A value as the DMS extracts it: a string's content, a number's digits as they are written.</summary>
    private static string Text(JsonNode value) =>
        value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();

    private sealed record Side(string Resource, string Member, string Key);
}
