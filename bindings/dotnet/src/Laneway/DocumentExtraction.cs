namespace Laneway;

using System.Buffers;
using System.Text.Json;

/// <summary>A document's extraction (identity, references, security elements), for hosts that extract themselves instead
/// of by a plugin. The native library checks it and computes all ReferentialIds.</summary>
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

    /// <summary>The identity's values, in the order of the resource's identity paths.</summary>
    public required IReadOnlyList<IdentityValue> Identity { get; init; }

    /// <summary>The ReferentialId that the host has computed; <c>null</c>: none. If it differs from Laneway's, the upsert
    /// fails with an <see cref="ArgumentException"/> that names both.</summary>
    public Guid? ReferentialId { get; init; }

    /// <summary>The identity under the superclass's name, if the resource is a subclass. Its values are the document's
    /// own, beginning with the first.</summary>
    public DocumentIdentity? Superclass { get; init; }

    /// <summary>The document's references, including duplicates. Those of the five associations that authorization depends
    /// on need their paths.</summary>
    public IReadOnlyList<DocumentIdentity> DocumentReferences { get; init; } = [];

    /// <summary>The document's descriptor references, each with its path.</summary>
    public IReadOnlyList<DocumentIdentity> DescriptorReferences { get; init; } = [];

    /// <summary>The kinds of security elements that documents of the resource can have: <c>Namespace</c>,
    /// <c>EducationOrganization</c>, <c>Student</c>, <c>Contact</c>, <c>Staff</c>.</summary>
    public IReadOnlyList<string> SecurableKeys { get; init; } = [];

    /// <summary>The document's namespaces.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>The document's education organizations.</summary>
    public IReadOnlyList<(string PropertyName, long Id)> EducationOrganizations { get; init; } = [];

    /// <summary>The unique ids of the document's students.</summary>
    public IReadOnlyList<string> Students { get; init; } = [];

    /// <summary>The unique ids of the document's contacts.</summary>
    public IReadOnlyList<string> Contacts { get; init; } = [];

    /// <summary>The unique ids of the document's staff members.</summary>
    public IReadOnlyList<string> Staff { get; init; } = [];

    /// <summary>The education organization's own id and its parent's, if the resource is part of the hierarchy. A
    /// <c>null</c> <c>ParentId</c> is passed on as 0, which the store looks up like any other id: if there is an
    /// organization 0, it is the parent of all that name none.</summary>
    public (long Id, long? ParentId)? Hierarchy { get; init; }

    /// <summary>The extraction in the form that <see cref="UpsertRequest.Extraction"/> takes.</summary>
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
        WriteIdentity(json, Identity, ReferentialId);
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
        WriteIdentity(json, identity.Identity, identity.ReferentialId);
        if (identity.Path is not null)
        {
            json.WriteString("path", identity.Path);
        }

        json.WriteEndObject();
    }

    private static void WriteIdentity(Utf8JsonWriter json, IReadOnlyList<IdentityValue> identity, Guid? referentialId)
    {
        json.WriteStartArray("identity");
        foreach (IdentityValue element in identity)
        {
            json.WriteStartArray();
            json.WriteStringValue(element.Path);
            if (element.IsNumber)
            {
                // The digits as they are in the document: 2022 and 2022.0 are different identities.
                json.WriteRawValue(element.Value);
            }
            else
            {
                json.WriteStringValue(element.Value);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
        if (referentialId is { } id)
        {
            json.WriteString("referentialId", id);
        }
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

/// <summary>One value of an identity.</summary>
/// <param name="Path">The identity path, such as <c>$.schoolId</c>.</param>
/// <param name="Value">The value's text, exactly as in the document.</param>
/// <param name="IsNumber">Whether it is a JSON number. Only matters in the references of the five associations, for numbers
/// in unusual notation such as <c>1e2</c>.</param>
public readonly record struct IdentityValue(string Path, string Value, bool IsNumber = false);

/// <summary>An identity together with a resource's name: of a superclass, or of a referenced document.</summary>
/// <param name="ProjectName">The project's name.</param>
/// <param name="ResourceName">The resource's name.</param>
/// <param name="Identity">The identity's values, in the order of the resource's identity paths; of a descriptor, its URI
/// under <c>$.descriptor</c>.</param>
/// <param name="Path">The path in the document: of a reference, the object that contains it (<c>$.schoolReference</c>); of a
/// descriptor, its own member (<c>$.addresses[0].addressTypeDescriptor</c>).</param>
/// <param name="ReferentialId">The ReferentialId that the host has computed, as in
/// <see cref="DocumentExtraction.ReferentialId"/>.</param>
public sealed record DocumentIdentity(
    string ProjectName, string ResourceName, IReadOnlyList<IdentityValue> Identity, string? Path = null,
    Guid? ReferentialId = null);
