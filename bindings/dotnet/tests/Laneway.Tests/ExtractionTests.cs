namespace Laneway.Tests;

using System.Text;

/// <summary>Upserts that come with their extraction, into a store that has no plugins.</summary>
public sealed class ExtractionTests
{
    [Fact]
    public async Task Made_up_documents_have_the_outcomes_of_others()
    {
        await using TestDatabase database = await TestDatabase.DeployedAsync();
        await using var runtime = new LanewayRuntime(new LanewayRuntimeOptions { WorkerThreads = 1 });
        await using LanewayClient client = await runtime.OpenAsync(new LanewayStoreOptions
        {
            ConnectionString = database.ConnectionString,
            Limits = new LanewayLimits { Batching = true },
        });
        Assert.Equal(["Thing"], Assert.IsType<UpsertOutcome.InvalidReferences>(await client.UpsertAsync(Thing(2, 1))).Resources);
        Assert.Equal("inserted", (await client.UpsertAsync(Thing(1))).Name);
        Assert.Equal("inserted", (await client.UpsertAsync(Thing(2, 1))).Name);
        Assert.Equal("updated", (await client.UpsertAsync(Thing(2, 1))).Name);
        Assert.Equal(1, await database.Count("SELECT count(*) FROM dms.Reference"));
        // Nothing else says what this one is.
        Assert.IsType<UpsertOutcome.UnknownResource>(await client.UpsertAsync(Thing(3) with { Extraction = default }));
        var wrong = await Assert.ThrowsAsync<ArgumentException>(async () => await client.UpsertAsync(Thing(3) with { Extraction = "{}"u8.ToArray() }));
        Assert.Contains("projectName", wrong.Message, StringComparison.Ordinal);
        Assert.Equal(2, await database.Count("SELECT count(*) FROM dms.Document"));
    }

    private static UpsertRequest Thing(int id, params int[] refersTo) => new()
    {
        Project = "made-up",
        Endpoint = "things",
        Document = Encoding.UTF8.GetBytes($$"""{"thingId":{{id}}}"""),
        DocumentUuid = Guid.NewGuid(),
        TraceId = "dotnet-tests",
        Extraction = new DocumentExtraction
        {
            ProjectName = "Made-Up",
            ResourceName = "Thing",
            ResourceVersion = "1.0.0",
            Identity = Identity(id),
            DocumentReferences = [.. refersTo.Select(other => new DocumentIdentity("Made-Up", "Thing", Identity(other), "$.thingReference"))],
        }.ToUtf8(),
    };

    private static IdentityValue[] Identity(int id) => [new("$.thingId", $"{id}", IsNumber: true)];
}
