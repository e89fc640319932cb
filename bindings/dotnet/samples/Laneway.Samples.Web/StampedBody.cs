namespace Laneway.Samples.Web;

using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

/// <summary>A body with <c>_etag</c> and <c>_lastModifiedDate</c>, as the DMS writes them before it stores it.</summary>
/// <param name="Document">What is stored.</param>
/// <param name="Etag">Names what the body says; <c>null</c>: it says nothing that can be named (it is no JSON, a name is
/// repeated, half of a surrogate pair), and goes on as it came, for the store to refuse it.</param>
internal sealed record StampedBody(ReadOnlyMemory<byte> Document, string? Etag)
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    /// <summary>Stamps a body.</summary>
    internal static StampedBody Of(ReadOnlyMemory<byte> body, DateTimeOffset now)
    {
        try
        {
            using JsonDocument parsed = JsonDocument.Parse(body, Options);
            if (parsed.RootElement.ValueKind != JsonValueKind.Object)
            {
                return new StampedBody(body, null);
            }

            string etag = Convert.ToBase64String(SHA256.HashData(Write(parsed.RootElement, []).Span));
            (string, string)[] stamps =
                [("_etag", etag), ("_lastModifiedDate", now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture))];
            return new StampedBody(Write(parsed.RootElement, stamps), etag);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return new StampedBody(body, null);
        }
    }

    /// <summary>The body without the three members that are not the caller's, and with others instead. The writer keeps the
    /// order of members and numbers as they are written, and escapes as the DMS's serializer does.</summary>
    private static ReadOnlyMemory<byte> Write(JsonElement body, ReadOnlySpan<(string Name, string Value)> added)
    {
        var written = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(written);
        writer.WriteStartObject();
        foreach (JsonProperty member in body.EnumerateObject())
        {
            if (member.Name is not ("_etag" or "_lastModifiedDate" or "id"))
            {
                member.WriteTo(writer);
            }
        }

        foreach ((string name, string value) in added)
        {
            writer.WriteString(name, value);
        }

        writer.WriteEndObject();
        writer.Flush();
        return written.WrittenMemory;
    }
}
