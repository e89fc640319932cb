namespace Laneway.Samples.Dms;

using System.Text.Json;
using System.Text.Json.Nodes;
using Laneway.Samples.Dms.Core;

/// <summary>Tells the two sides of an association apart: a student and a school, say, and not the school of next year.
/// Laneway must know, since the store's triggers read them; 0.7's references do not say where they stand, so the body is
/// asked. A DMS whose <c>DocumentReference</c> has a <c>Path</c> hands that over instead.</summary>
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

    /// <summary>The sides of a document; <c>null</c>: it is no association that has triggers.</summary>
    internal static AssociationSides? Of(ResourceInfo resource, JsonNode body) =>
        resource.ProjectName.Value == "Ed-Fi" && Associations.TryGetValue(resource.ResourceName.Value, out Side[]? sides)
            ? new AssociationSides(sides, body)
            : null;

    /// <summary>A reference with its place. Two to one document are alike, so the first of them takes the side.</summary>
    internal Laneway.DocumentIdentity Place(DocumentReference reference)
    {
        BaseResourceInfo target = reference.ResourceInfo;
        DocumentIdentityElement[] identity = reference.DocumentIdentity.DocumentIdentityElements;
        int at = left.FindIndex(one => one.Side.Resource == target.ResourceName.Value
            && identity is [var only] && only.IdentityValue == Text(one.Value));
        if (at < 0)
        {
            return Named(target, ExtractionMapping.Values(reference.DocumentIdentity), Elsewhere);
        }

        (Side side, JsonNode value) = left[at];
        left.RemoveAt(at);
        var element = new IdentityValue(
            identity[0].IdentityJsonPath.Value, identity[0].IdentityValue, value.GetValueKind() == JsonValueKind.Number);
        return Named(target, [element], "$." + side.Member);
    }

    private static Laneway.DocumentIdentity Named(BaseResourceInfo target, IReadOnlyList<IdentityValue> identity, string path) =>
        new(target.ProjectName.Value, target.ResourceName.Value, identity, path);

    /// <summary>A value as the DMS extracts it: a string's content, a number's own letters.</summary>
    private static string Text(JsonNode value) =>
        value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();

    private sealed record Side(string Resource, string Member, string Key);
}
