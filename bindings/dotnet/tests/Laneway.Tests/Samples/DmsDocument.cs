namespace Laneway.Tests.Samples;

using System.Text.Json.Nodes;
using EdFi.DataManagementService.Core.External.Model;

/// <summary>A recorded document with the DMS's extraction in the DMS's types. The extraction is printed by
/// <c>laneway extract</c>; other tests compare that with the DMS.</summary>
internal sealed class DmsDocument
{
    private readonly JsonNode extracted;

    internal DmsDocument(string line, string extractedLine, JsonNode schema)
    {
        JsonNode recorded = JsonNode.Parse(line)!;
        extracted = JsonNode.Parse(extractedLine)!;
        Endpoint = (string)recorded["endpoint"]!;
        JsonNode project = schema["projectSchema"]!, resource = project["resourceSchemas"]![Endpoint]!;
        Request = new DmsRequest(Resource(project, resource), Document(), recorded["body"]!, Security(extracted["securityElements"]!));
    }

    internal string Endpoint { get; }

    internal DmsRequest Request { get; }

    /// <summary>The ReferentialIds by which other documents refer to this one.</summary>
    internal IEnumerable<Guid> Ids => new[] { Request.DocumentInfo.ReferentialId, Request.DocumentInfo.SuperclassIdentity?.ReferentialId }
        .OfType<ReferentialId>().Select(id => id.Value);

    /// <summary>The ReferentialIds that the document refers to.</summary>
    internal IEnumerable<Guid> References => Request.DocumentInfo.DocumentReferences.Select(one => one.ReferentialId.Value)
        .Concat(Request.DocumentInfo.DescriptorReferences.Select(one => one.ReferentialId.Value));

    private ResourceInfo Resource(JsonNode project, JsonNode resource)
    {
        JsonNode position = extracted["educationOrganizationHierarchy"]!;
        return new ResourceInfo(
            new((string)extracted["projectName"]!), new((string)extracted["resourceName"]!), (bool)resource["isDescriptor"]!,
            new((string)project["projectVersion"]!), (bool)resource["allowIdentityUpdates"]!,
            new((bool)position["isIn"]!, (long)position["id"]!, (long?)position["parentId"]),
            [.. resource["securableElements"]!.AsObject().Where(key => key.Value!.AsArray().Count > 0).Select(key => Securable(key.Key))]);
    }

    private static AuthorizationSecurableInfo Securable(string key) =>
        new(key is "Student" or "Contact" or "Staff" ? key + "UniqueId" : key);

    private DocumentInfo Document() => new(
        Identity(extracted), Id(extracted), [.. All("documentReferences").Select(Reference)],
        [.. All("descriptorReferences").Select(one =>
            new DescriptorReference(Name(one), Identity(one), Id(one), new((string)one["path"]!)))],
        extracted["superclass"] is { } superclass ? new SuperclassIdentity(Name(superclass), Identity(superclass), Id(superclass)) : null);

    private IEnumerable<JsonNode> All(string name) => extracted[name]!.AsArray().Select(one => one!);

    private static DocumentReference Reference(JsonNode one) => new(Name(one), Identity(one), Id(one));

    private static BaseResourceInfo Name(JsonNode one) => new(
        new((string)one["projectName"]!), new((string)one["resourceName"]!), ((string)one["resourceName"]!).EndsWith("Descriptor", StringComparison.Ordinal));

    private static DocumentIdentity Identity(JsonNode one) =>
        new([.. one["identity"]!.AsArray().Select(pair => new DocumentIdentityElement(new((string)pair![0]!), (string)pair[1]!))]);

    private static ReferentialId Id(JsonNode one) => new(Guid.Parse((string)one["referentialId"]!));

    private static DocumentSecurityElements Security(JsonNode elements) => new(
        Texts(elements["namespace"]!),
        [.. elements["educationOrganization"]!.AsArray().Select(one => new EducationOrganizationSecurityElement(
            new((string)one!["propertyName"]!), new((long)one["id"]!)))],
        [.. Texts(elements["student"]!).Select(id => new StudentUniqueId(id))],
        [.. Texts(elements["contact"]!).Select(id => new ContactUniqueId(id))],
        [.. Texts(elements["staff"]!).Select(id => new StaffUniqueId(id))]);

    private static string[] Texts(JsonNode texts) => [.. texts.AsArray().Select(text => (string)text!)];
}
