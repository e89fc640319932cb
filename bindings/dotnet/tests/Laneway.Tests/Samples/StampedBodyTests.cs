namespace Laneway.Tests.Samples;

using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Laneway.Samples.Web;

public sealed class StampedBodyTests
{
    [Fact]
    public void A_tag_equals_the_DMS_s_to_the_byte()
    {
        foreach (string line in File.ReadLines(Path.Combine(Needs.Data().FullName, "vectors", "etag.ndjson")))
        {
            using JsonDocument parsed = JsonDocument.Parse(line);
            string body = parsed.RootElement.GetProperty("body_text").GetString()!;
            Assert.Equal(parsed.RootElement.GetProperty("etag").GetString(), Stamp(body).Etag);
        }
    }

    [Fact]
    public void The_recorded_documents_have_the_DMS_s_tags()
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (UpsertRequest document in Recorded.Documents())
        {
            all.AppendData(Encoding.ASCII.GetBytes(StampedBody.Of(document.Document, DateTimeOffset.UnixEpoch).Etag + "\n"));
        }

        Assert.Equal(
            "74b9c92b42083164c6b7f5c51f10008d59c3dcfabfa67e478ddfe080f27f4546",
            Convert.ToHexString(all.GetHashAndReset()), ignoreCase: true);
    }

    [Fact]
    public void A_body_is_stamped_and_one_that_cannot_be_is_not_changed()
    {
        StampedBody stamped = Stamp("""{"id":"x","a":1.0,"_etag":"old"}""");
        Assert.Equal(
            $$"""{"a":1.0,"_etag":{{JsonSerializer.Serialize(stamped.Etag)}},"_lastModifiedDate":"1970-01-01T00:00:00Z"}""",
            Encoding.UTF8.GetString(stamped.Document.Span));
        Assert.Equal(stamped.Etag, Stamp("\uFEFF" + """{"a":1.0}""").Etag);
        foreach (string body in (string[])["", "{", "[]", """{"a":1,"a":2}""", """{"a":"\ud800"}"""])
        {
            StampedBody unstamped = Stamp(body);
            Assert.Equal((null, body), (unstamped.Etag, Encoding.UTF8.GetString(unstamped.Document.Span)));
        }
    }

    private static StampedBody Stamp(string body) => StampedBody.Of(Encoding.UTF8.GetBytes(body), DateTimeOffset.UnixEpoch);
}
