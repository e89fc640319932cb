namespace Laneway.Tests.Samples;

using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Laneway.Samples.Web;
using Microsoft.AspNetCore.Http;

public sealed class WebSampleTests(WebSample web) : IClassFixture<WebSample>
{
    private readonly HttpClient http = web.CreateClient();

    [Fact]
    public async Task A_document_is_inserted_then_found_unchanged_then_updated()
    {
        string name = $"{Guid.NewGuid():N}";
        string body = Descriptor(name, "first");
        using HttpResponseMessage inserted = await Post("sexDescriptors", body);
        Assert.Equal(HttpStatusCode.Created, inserted.StatusCode);
        string location = inserted.Headers.Location!.OriginalString, etag = inserted.Headers.GetValues("etag").Single();
        Assert.StartsWith("/data/ed-fi/sexDescriptors/", location, StringComparison.Ordinal);
        using HttpResponseMessage unchanged = await Post("sexDescriptors", body);
        Assert.Equal((HttpStatusCode.OK, location), (unchanged.StatusCode, unchanged.Headers.Location!.OriginalString));
        Assert.Equal(etag, unchanged.Headers.GetValues("etag").Single());
        using HttpResponseMessage updated = await Post("sexDescriptors", Descriptor(name, "second"));
        Assert.Equal((HttpStatusCode.OK, location), (updated.StatusCode, updated.Headers.Location!.OriginalString));
        Assert.NotEqual(etag, updated.Headers.GetValues("etag").Single());
        string uuid = location.Split('/').Last();
        Assert.Equal(1, await web.Count(
            $"SELECT count(*) FROM dms.Document WHERE DocumentUuid = '{uuid}' AND EdfiDoc->>'description' = 'second'"
            + $" AND EdfiDoc->>'_etag' = '{updated.Headers.GetValues("etag").Single()}' AND EdfiDoc->>'id' = '{uuid}'"));
    }

    [Fact]
    public async Task Refusals_have_their_reasons_in_the_DMS_s_form()
    {
        await Refused("nothings", "{}", HttpStatusCode.NotFound, "not-found", problem =>
            Assert.Equal("The specified data could not be found.", problem.GetProperty("detail").GetString()));
        await Refused("sexDescriptors", "{", HttpStatusCode.BadRequest, "bad-request:data-validation-failed", problem =>
            Assert.Single(problem.GetProperty("errors").EnumerateArray()));
        await Refused("classPeriods", Text("classPeriods"), HttpStatusCode.Conflict, "data-conflict:unresolved-reference", problem =>
            Assert.Equal("The referenced School item(s) do not exist.", problem.GetProperty("detail").GetString()));
        await Refused("schools", Text("schools"), HttpStatusCode.BadRequest, "bad-request", problem =>
        {
            JsonProperty first = problem.GetProperty("validationErrors").EnumerateObject().First();
            Assert.StartsWith("$.", first.Name, StringComparison.Ordinal);
            Assert.Matches("^[A-Z][A-Za-z]+Descriptor value 'uri://.*#.*' does not exist\\.$", first.Value[0].GetString());
        });
        await Refused(
            "sexDescriptors", Descriptor("large", new string('x', 100_001)), HttpStatusCode.RequestEntityTooLarge, "content-too-large",
            problem => Assert.Contains("100000", problem.GetProperty("detail").GetString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_document_that_the_database_refuses_is_400_and_does_not_degrade_health()
    {
        foreach (string text in (string[])["\\u0000", "\\ud800"])
        {
            await Refused(
                "sexDescriptors", Descriptor($"{Guid.NewGuid():N}", text), HttpStatusCode.BadRequest, "bad-request:data-validation-failed",
                problem => Assert.StartsWith("SQLSTATE 22P", problem.GetProperty("errors")[0].GetString(), StringComparison.Ordinal));
        }

        var health = await http.GetFromJsonAsync<JsonElement>("/health");
        Assert.Equal("Healthy", health.GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_body_with_a_byte_order_mark_is_stored_and_one_in_another_encoding_is_refused_by_name()
    {
        string name = $"{Guid.NewGuid():N}";
        using HttpResponseMessage marked = await Post("sexDescriptors", "\uFEFF" + Descriptor(name, "marked"));
        Assert.Equal(HttpStatusCode.Created, marked.StatusCode);
        using HttpResponseMessage unmarked = await Post("sexDescriptors", Descriptor(name, "marked"));
        Assert.Equal(HttpStatusCode.OK, unmarked.StatusCode);
        Assert.Equal(marked.Headers.GetValues("etag"), unmarked.Headers.GetValues("etag"));
        using HttpResponseMessage other = await http.PostAsync(
            "/data/ed-fi/sexDescriptors", new StringContent(Descriptor(name, "other"), Encoding.Unicode, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, other.StatusCode);
        Assert.Contains("UTF-16 (little-endian)", await other.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_metrics_and_the_API_s_description_are_served()
    {
        using HttpResponseMessage stored = await Post("sexDescriptors", Descriptor($"{Guid.NewGuid():N}", "for the metrics"));
        var health = await http.GetFromJsonAsync<JsonElement>("/health");
        Assert.Equal("All stores are open.", health.GetProperty("laneway").GetProperty("reason").GetString());
        string metrics = await http.GetStringAsync("/metrics");
        Assert.Matches("(?m)^laneway_operations(_operation)?_total\\{.*laneway_outcome=\"inserted\".*\\} [1-9]", metrics);
        Assert.Contains("http_server_request_duration", metrics, StringComparison.Ordinal);
        var api = await http.GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        JsonElement post = api.GetProperty("paths").GetProperty("/data/{project}/{endpoint}").GetProperty("post");
        string[] statuses = [.. post.GetProperty("responses").EnumerateObject().Select(answer => answer.Name)];
        Assert.Superset(new HashSet<string>(["200", "201", "400", "403", "404", "409", "413", "500", "503", "504"]), statuses.ToHashSet());
        Assert.Contains("openapi/v1.json", await http.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plugins_are_replaced_while_requests_run_by_a_caller_with_the_key()
    {
        using HttpResponseMessage keyless = await http.PostAsync($"/admin/plugins/{PluginFolders.Second}", null);
        Assert.Equal(HttpStatusCode.Unauthorized, keyless.StatusCode);
        using var done = new CancellationTokenSource();
        var statuses = new ConcurrentDictionary<HttpStatusCode, int>();
        Task requests = Parallel.ForAsync(0, 8, async (caller, _) =>
        {
            for (int at = 0; !done.IsCancellationRequested; at++)
            {
                using HttpResponseMessage answer = await Post("sexDescriptors", Descriptor($"{caller}-{at}-{Guid.NewGuid():N}", "swapped"));
                statuses.AddOrUpdate(answer.StatusCode, 1, (_, count) => count + 1);
            }
        });
        long generation = await Publish(PluginFolders.Second, HttpStatusCode.OK);
        Assert.Equal(generation + 1, await Publish(PluginFolders.First, HttpStatusCode.OK));
        await Publish("..", HttpStatusCode.NotFound);
        await Publish("%2e%2e%2fother", HttpStatusCode.NotFound);
        await Publish("nowhere", HttpStatusCode.NotFound);
        web.PluginsRoot.CreateSubdirectory("empty");
        await Publish("empty", HttpStatusCode.BadRequest);
        await done.CancelAsync();
        await requests;
        Assert.Equal([HttpStatusCode.Created], statuses.Keys);
    }

    public static TheoryData<UpsertOutcome, string> Outcomes => new()
    {
        { new UpsertOutcome.IdentityConflict("School", [KeyValuePair.Create("schoolId", "1")]), "(schoolId = 1)" },
        { new UpsertOutcome.WriteConflict("40001"), "Try again" },
        { new UpsertOutcome.NotAuthorized(["No."], ["Hint: a school."]), "could not be authorized. Hint: a school." },
        { new UpsertOutcome.Failed("22P05", "an inner message"), "could not be completed" },
        { new UpsertOutcome.Failed("22P05", "an inner message") { IsDocumentAtFault = true }, "SQLSTATE 22P05" },
        { new UpsertOutcome.PluginFailed("an inner message"), "could not be completed" },
        { new UpsertOutcome.QueueFull(TimeSpan.FromMilliseconds(1200)), "Unavailable" },
    };

    [Theory]
    [MemberData(nameof(Outcomes))]
    public async Task Every_outcome_has_a_status_and_a_body(UpsertOutcome outcome, string expected)
    {
        var context = new DefaultHttpContext();
        var body = new MemoryStream();
        context.Response.Body = body;
        await new OutcomeResult(outcome, "ed-fi", "schools", null, "trace", false).ExecuteAsync(context);
        using JsonDocument problem = JsonDocument.Parse(body.ToArray());
        Assert.Equal(outcome.HttpStatus, context.Response.StatusCode);
        Assert.Equal((outcome.HttpStatus, "trace"),
            (problem.RootElement.GetProperty("status").GetInt32(), problem.RootElement.GetProperty("correlationId").GetString()));
        string text = Encoding.UTF8.GetString(body.ToArray());
        Assert.Contains(expected, text, StringComparison.Ordinal);
        Assert.DoesNotContain("an inner message", text, StringComparison.Ordinal);
        Assert.Equal(outcome is UpsertOutcome.QueueFull ? "2" : "", context.Response.Headers.RetryAfter.ToString());
    }

    [Fact]
    public async Task A_full_queue_is_429_where_that_is_set()
    {
        var context = new DefaultHttpContext();
        await new OutcomeResult(new UpsertOutcome.QueueFull(default), "p", "e", null, "t", true).ExecuteAsync(context);
        Assert.Equal((429, "1"), (context.Response.StatusCode, context.Response.Headers.RetryAfter.ToString()));
    }

    private static string Descriptor(string name, string description) =>
        $$"""{"namespace":"uri://ed-fi.org/SexDescriptor","codeValue":"{{name}}","shortDescription":"s","description":"{{description}}"}""";

    private static string Text(string endpoint) => Encoding.UTF8.GetString(Recorded.Documents(endpoint).First().Document.Span);

    private Task<HttpResponseMessage> Post(string endpoint, string body) =>
        http.PostAsync($"/data/ed-fi/{endpoint}", new StringContent(body, Encoding.UTF8, "application/json"));

    private async Task Refused(string endpoint, string body, HttpStatusCode status, string type, Action<JsonElement> check)
    {
        using HttpResponseMessage answer = await Post(endpoint, body);
        Assert.Equal((status, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(("urn:ed-fi:api:" + type, (int)status),
            (problem.GetProperty("type").GetString(), problem.GetProperty("status").GetInt32()));
        Assert.NotEmpty(problem.GetProperty("correlationId").GetString()!);
        check(problem);
    }

    private async Task<long> Publish(string folder, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/admin/plugins/{folder}");
        request.Headers.Add("X-Admin-Key", WebSample.AdminKey);
        using HttpResponseMessage answer = await http.SendAsync(request);
        Assert.Equal(status, answer.StatusCode);
        return status == HttpStatusCode.OK
            ? (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("generation").GetInt64()
            : 0;
    }
}
