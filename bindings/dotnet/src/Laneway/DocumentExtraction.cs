namespace Laneway;

using System.Buffers;
using System.Text.Json;

/// <summary>What a document says about itself, for hosts that know without a plugin. Checked by the native library;
/// referential ids are computed there.</summary>
public sealed record DocumentExtraction
{
    /// <summary>The project's name, such as <c>Ed-Fi</c>.</summary>
    public required string ProjectName { get; init; }

    /// <summary>The resource's name, such as <c>Student</c>.</summary>
    public required string ResourceName { get; init; }

    /// <summary>The version of the resource's schema, stored with the document.</summary>
    public required string ResourceVersion { get; init; }

    /// <summary>Whether documents of the resource are descriptors.</summary>
    public bool IsDescriptor { get; init; }

    /// <summary>The identity, in the order of its paths.</summary>
    public required IReadOnlyList<IdentityValue> Identity { get; init; }

    /// <summary>The identity under the superclass's name, for a subclass; its values are the document's, from the first
    /// on.</summary>
    public DocumentIdentity? Superclass { get; init; }

    /// <summary>What the document refers to, duplicates kept. An association's references need their paths.</summary>
    public IReadOnlyList<DocumentIdentity> DocumentReferences { get; init; } = [];

    /// <summary>The descriptors that the document names, each with its path.</summary>
    public IReadOnlyList<DocumentIdentity> DescriptorReferences { get; init; } = [];

    /// <summary>Which security elements documents of the resource can have: <c>Namespace</c>,
    /// <c>EducationOrganization</c>, <c>Student</c>, <c>Contact</c>, <c>Staff</c>.</summary>
    public IReadOnlyList<string> SecurableKeys { get; init; } = [];

    /// <summary>Its namespaces.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>Its education organizations.</summary>
    public IReadOnlyList<(string PropertyName, long Id)> EducationOrganizations { get; init; } = [];

    /// <summary>The unique ids of its students.</summary>
    public IReadOnlyList<string> Students { get; init; } = [];

    /// <summary>The unique ids of its contacts.</summary>
    public IReadOnlyList<string> Contacts { get; init; } = [];

    /// <summary>The unique ids of its staff members.</summary>
    public IReadOnlyList<string> Staff { get; init; } = [];

    /// <summary>Its place in the hierarchy, for an education organization.</summary>
    public (long Id, long? ParentId)? Hierarchy { get; init; }

    /// <summary>The form in which <see cref="UpsertRequest.Extraction"/> takes it.</summary>
    public byte[] ToUtf8()
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            Write(json);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("projectName", ProjectName);
        json.WriteString("resourceName", ResourceName);
        json.WriteString("version", ResourceVersion);
        json.WriteBoolean("isDescriptor", IsDescriptor);
        WriteIdentity(json, Identity);
        if (Superclass is { } superclass)
        {
            json.WritePropertyName("superclass");
            Write(json, superclass);
        }

        WriteAll(json, "documentReferences", DocumentReferences);
        WriteAll(json, "descriptorReferences", DescriptorReferences);
        WriteTexts(json, "securableKeys", SecurableKeys);
        json.WriteStartObject("securityElements");
        WriteTexts(json, "namespace", Namespaces);
        json.WriteStartArray("educationOrganization");
        foreach ((string propertyName, long id) in EducationOrganizations)
        {
            json.WriteStartObject();
            json.WriteString("propertyName", propertyName);
            json.WriteNumber("id", id);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteTexts(json, "student", Students);
        WriteTexts(json, "contact", Contacts);
        WriteTexts(json, "staff", Staff);
        json.WriteEndObject();
        json.WriteStartObject("educationOrganizationHierarchy");
        json.WriteBoolean("isIn", Hierarchy is not null);
        json.WriteNumber("id", Hierarchy?.Id ?? 0);
        json.WriteNumber("parentId", Hierarchy?.ParentId ?? 0);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteAll(Utf8JsonWriter json, string name, IReadOnlyList<DocumentIdentity> identities)
    {
        json.WriteStartArray(name);
        foreach (DocumentIdentity identity in identities)
        {
            Write(json, identity);
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, DocumentIdentity identity)
    {
        json.WriteStartObject();
        json.WriteString("projectName", identity.ProjectName);
        json.WriteString("resourceName", identity.ResourceName);
        WriteIdentity(json, identity.Identity);
        if (identity.Path is not null)
        {
            json.WriteString("path", identity.Path);
        }

        json.WriteEndObject();
    }

    private static void WriteIdentity(Utf8JsonWriter json, IReadOnlyList<IdentityValue> identity)
    {
        json.WriteStartArray("identity");
        foreach (IdentityValue element in identity)
        {
            json.WriteStartArray();
            json.WriteStringValue(element.Path);
            if (element.IsNumber)
            {
                // The document's own letters: 2022 and 2022.0 are two identities.
                json.WriteRawValue(element.Value);
            }
            else
            {
                json.WriteStringValue(element.Value);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}

/// <summary>One element of an identity.</summary>
/// <param name="Path">Its path, such as <c>$.schoolId</c>.</param>
/// <param name="Value">Its value's text, as the document has it.</param>
/// <param name="IsNumber">Whether the document has a number there. It matters for the sides of associations only, and
/// there only for a number that is written unusually.</param>
public readonly record struct IdentityValue(string Path, string Value, bool IsNumber = false);

/// <summary>An identity under a resource's name, of a superclass or of what a document refers to.</summary>
/// <param name="ProjectName">The project's name.</param>
/// <param name="ResourceName">The resource's name.</param>
/// <param name="Identity">The identity, in the order of its paths; a descriptor's is its URI under
/// <c>$.descriptor</c>.</param>
/// <param name="Path">Where in the document it stands: of a reference the object that holds it
/// (<c>$.schoolReference</c>), of a descriptor its own member (<c>$.addresses[0].addressTypeDescriptor</c>).</param>
public sealed record DocumentIdentity(
    string ProjectName, string ResourceName, IReadOnlyList<IdentityValue> Identity, string? Path = null);
