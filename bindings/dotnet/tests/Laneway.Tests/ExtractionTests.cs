namespace Laneway.Tests;

using System.Text;

/// <summary>Upserts with their extraction, into a store without plugins.</summary>
public sealed class ExtractionTests
{
    [Fact]
    public async Task Documents_with_an_extraction_have_the_outcomes_of_others()
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
        // There is no plugin for it.
        Assert.IsType<UpsertOutcome.UnknownResource>(await client.UpsertAsync(Thing(3) with { Extraction = default }));
        var wrong = await Assert.ThrowsAsync<ArgumentException>(async () => await client.UpsertAsync(Thing(3) with { Extraction = "{}"u8.ToArray() }));
        Assert.Contains("projectName", wrong.Message, StringComparison.Ordinal);
        Assert.Equal(2, await database.Count("SELECT count(*) FROM dms.Document"));
    }

    [Fact]
    public async Task ReferentialIds_that_differ_from_Laneway_s_fail_the_upsert_and_equal_ones_do_not()
    {
        await using var echo = new EchoStore();
        Task<UpsertOutcome> Upsert(DocumentExtraction extraction) =>
            echo.Client.UpsertAsync(EchoStore.Request() with { Extraction = extraction.ToUtf8() }).AsTask();
        DocumentIdentity other = new("Made-Up", "Other", Identity(1)), reference = new("Made-Up", "Thing", Identity(2), "$.thingReference");
        DocumentExtraction extraction = Extraction(1) with { Superclass = other, DocumentReferences = [reference] };
        Guid wrong = Guid.NewGuid();
        async Task<Guid> Right(DocumentExtraction differs)
        {
            string message = (await Assert.ThrowsAsync<ArgumentException>(() => Upsert(differs))).Message;
            Guid[] named = [.. message.Split(' ', ',', '.', '(', ')').Select(word => Guid.TryParse(word, out Guid id) ? id : default).Where(id => id != default)];
            Assert.Contains(wrong, named);
            return Assert.Single(named, id => id != wrong);
        }

        Guid[] right =
        [
            await Right(extraction with { ReferentialId = wrong }),
            await Right(extraction with { Superclass = other with { ReferentialId = wrong } }),
            await Right(extraction with { DocumentReferences = [reference with { ReferentialId = wrong }] }),
        ];
        Assert.Equal(3, right.Distinct().Count());
        DocumentExtraction agrees = extraction with
        {
            ReferentialId = right[0],
            Superclass = other with { ReferentialId = right[1] },
            DocumentReferences = [reference with { ReferentialId = right[2] }],
        };
        Assert.Equal("inserted", (await Upsert(agrees)).Name);
    }

    private static UpsertRequest Thing(int id, params int[] refersTo) => new()
    {
        Project = "made-up",
        Endpoint = "things",
        Document = Encoding.UTF8.GetBytes($$"""{"thingId":{{id}}}"""),
        DocumentUuid = Guid.NewGuid(),
        TraceId = "dotnet-tests",
        Extraction = (Extraction(id) with
        {
            DocumentReferences = [.. refersTo.Select(other => new DocumentIdentity("Made-Up", "Thing", Identity(other), "$.thingReference"))],
        }).ToUtf8(),
    };

    private static DocumentExtraction Extraction(int id) => new()
    {
        ProjectName = "Made-Up",
        ResourceName = "Thing",
        ResourceVersion = "1.0.0",
        Identity = Identity(id),
    };

    private static IdentityValue[] Identity(int id) => [new("$.thingId", $"{id}", IsNumber: true)];
}
