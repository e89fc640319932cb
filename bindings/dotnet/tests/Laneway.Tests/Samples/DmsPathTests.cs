namespace Laneway.Tests.Samples;

using System.Text.Json.Nodes;
using EdFi.DataManagementService.Core.External.Backend;
using EdFi.DataManagementService.Core.External.Model;
using Laneway.Samples.Dms;

/// <summary>Which path a request takes, on an echo store.</summary>
public sealed class DmsPathTests
{
    [Fact]
    public async Task Routing_can_be_switched_while_the_DMS_runs()
    {
        await using var echo = new EchoStore();
        DmsBench bench = DmsBench.Echo(echo.Client, "inserted");
        foreach (bool routed in (bool[])[false, true, false])
        {
            bench.CurrentValue.Routing = routed;
            Assert.Equal(routed, await bench.Upsert(DmsRequest.Of("inserted")) is UpsertResult.InsertSuccess);
        }

        Assert.Equal(2, bench.Calls.Count);
    }

    [Fact]
    public void Resources_are_found_under_their_names_in_URLs()
    {
        var endpoints = new ResourceEndpoints(((string[])["ds-5.2", "sample-1.0"]).Select(name =>
            JsonNode.Parse(File.ReadAllText(Path.Combine(Needs.Data().FullName, "schemas", name + ".apischema.json")))!));
        (string, string)? Find(string project, string resource) => endpoints.Find(new(new(project), new(resource), false));
        Assert.Equal(("ed-fi", "schools"), Find("Ed-Fi", "School"));
        Assert.Equal(("ed-fi", "sexDescriptors"), Find("Ed-Fi", "SexDescriptor"));
        Assert.Equal(("sample", "buses"), Find("Sample", "Bus"));
        Assert.Null(Find("Sample", "School"));
    }

    [Theory]
    [InlineData("If-Match")]
    [InlineData("if-none-match")]
    public async Task A_request_with_a_precondition_takes_the_old_path(string header)
    {
        await using var echo = new EchoStore();
        DmsBench bench = DmsBench.Echo(echo.Client, "inserted");
        await TakesOldPath(bench, DmsRequest.Of("inserted") with { Headers = new() { [header] = "etag" } });
    }

    [Fact]
    public async Task A_resource_that_no_schema_contains_takes_the_old_path()
    {
        await using var echo = new EchoStore();
        await TakesOldPath(DmsBench.Echo(echo.Client, "inserted"), DmsRequest.Of("updated"));
    }

    [Fact]
    public async Task A_request_for_a_store_that_is_not_open_takes_the_old_path()
    {
        await using var echo = new EchoStore();
        DmsBench bench = DmsBench.Echo(echo.Client, "inserted");
        bench.Current = null;
        await TakesOldPath(bench, DmsRequest.Of("inserted"));
    }

    [Fact]
    public async Task Requests_other_than_upserts_are_passed_on()
    {
        await using var echo = new EchoStore();
        DmsBench bench = DmsBench.Echo(echo.Client, "inserted");
        var (get, delete, update) = (new Get(default, default), new Delete(default, default), DmsRequest.Of("inserted"));
        Assert.Same(DmsInner.Got, await bench.Decorator.GetDocumentById(get));
        Assert.Same(DmsInner.Updated, await bench.Decorator.UpdateDocumentById(update));
        Assert.Same(DmsInner.Deleted, await bench.Decorator.DeleteDocumentById(delete));
        Assert.Equal([get, update, delete], bench.Calls);
    }

    [Fact]
    public async Task The_DMS_s_handler_can_refuse_an_upsert_before_it_is_submitted()
    {
        await using var echo = new EchoStore();
        DmsBench bench = DmsBench.Echo(echo.Client, "inserted");
        var handler = new DmsHandler(new ResourceAuthorizationResult.NotAuthorized.WithHint(["No."], ["A hint."]));
        var refusal = Assert.IsType<UpsertResult.UpsertFailureNotAuthorized>(
            await bench.Upsert(DmsRequest.Of("inserted") with { ResourceAuthorizationHandler = handler }));
        Assert.Equal(("No.", "A hint.", 1), (refusal.ErrorMessages.Single(), refusal.Hints!.Single(), handler.Asked));
        Assert.Equal((0, 0), (echo.Client.GetStats().Accepted, bench.Calls.Count));
    }

    [Theory]
    [InlineData("NamespaceBased", 0)]
    [InlineData("Made-up", 1)]
    public async Task The_handler_is_asked_only_for_strategies_that_Laneway_does_not_know(string strategy, int asked)
    {
        await using var echo = new EchoStore();
        DmsBench bench = DmsBench.Echo(echo.Client, "inserted");
        bench.CurrentValue.Authorization = AuthorizationMode.AsData;
        var handler = new DmsShowingHandler(new AuthorizationStrategyEvaluator(
            strategy, [new AuthorizationFilter.Namespace("uri://ed-fi.org")], FilterOperator.And));
        UpsertResult result = await bench.Upsert(DmsRequest.Of("inserted") with { ResourceAuthorizationHandler = handler });
        Assert.Equal((asked, asked == 0), (handler.Asked, result is UpsertResult.InsertSuccess));
        AuthorizationStrategy? mapped = handler.ToStrategies()?.Single();
        Assert.Equal(asked == 0 ? (strategy, "uri://ed-fi.org", true) : default, (mapped?.Name, mapped?.Filters.Single(), mapped?.MustAllow ?? false));
    }

    private static async Task TakesOldPath(DmsBench bench, DmsRequest request)
    {
        Assert.Same(DmsInner.Upserted, await bench.Upsert(request));
        Assert.Same(request, Assert.Single(bench.Calls));
    }

    private sealed record Get(DocumentUuid DocumentUuid, TraceId TraceId) : IGetRequest;

    private sealed record Delete(DocumentUuid DocumentUuid, TraceId TraceId) : IDeleteRequest;
}
