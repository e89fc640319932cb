namespace Laneway.Samples.Web;

using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

/// <summary>A body with <c>_etag</c> and <c>_lastModifiedDate</c>, as the DMS adds them before storing a document. The program
/// <c>laneway</c> does the same in Rust; a service that stores stamped documents does it itself before the upsert.</summary>
/// <param name="Document">The document to store.</param>
/// <param name="Etag">A hash of the body's content; <c>null</c> if the body has none (it is not JSON, repeats a name, or
/// contains an unpaired surrogate). Then the document is the body unchanged, which the store refuses.</param>
internal sealed record StampedBody(ReadOnlyMemory<byte> Document, string? Etag)
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    /// <summary>Stamps a body; a byte order mark is taken off.</summary>
    internal static StampedBody Of(ReadOnlyMemory<byte> body, DateTimeOffset now)
    {
        if (body.Span.StartsWith("\uFEFF"u8))
        {
            body = body["\uFEFF"u8.Length..];
        }

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

    /// <summary>The body without the three members that callers may not set, and with others added. The writer preserves the
    /// members' order and the notation of numbers, and escapes as the DMS's serializer does.</summary>
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
