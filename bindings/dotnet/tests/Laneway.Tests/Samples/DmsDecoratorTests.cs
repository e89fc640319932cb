namespace Laneway.Tests.Samples;

using System.Text.Json.Nodes;
using EdFi.DataManagementService.Core.External.Backend;
using EdFi.DataManagementService.Core.External.Model;
using Laneway.Samples.Dms;

/// <summary>The decorator on a real server, with recorded documents.</summary>
public sealed class DmsDecoratorTests
{
    [Fact]
    public async Task Raw_and_pre_extracted_documents_leave_the_same_rows()
    {
        DmsDocuments documents = await DmsDocuments.Get();
        List<string> raw = await Load(documents, ExtractionMode.Raw, documents.Plugins);
        List<string> given = await Load(documents, ExtractionMode.PreExtracted, plugins: null);
        Assert.Equal(raw, given);
        TestContext.Current.TestOutputHelper?.WriteLine($"{documents.All.Count} documents, {raw.Count} rows");
        foreach (string table in (string[])["student school association authorization", "contact authorization", "staff authorization",
            "student responsibility authorization", "education organization hierarchy", "student securable document"])
        {
            Assert.Contains(raw, line => line.StartsWith(table + ": ", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(ExtractionMode.Raw)]
    [InlineData(ExtractionMode.PreExtracted)]
    public async Task A_document_ends_with_each_result(ExtractionMode mode)
    {
        DmsDocuments documents = await DmsDocuments.Get();
        await using DmsStore store = await DmsStore.Open(documents.Endpoints, documents.Plugins);
        DmsBench bench = store.Bench;
        bench.CurrentValue.Extraction = mode;
        bench.CurrentValue.Authorization = AuthorizationMode.AsData;
        DmsRequest descriptor = documents.First("sexDescriptors") with { ResourceAuthorizationHandler = Namespace("uri://ed-fi.org") };

        var inserted = Assert.IsType<UpsertResult.InsertSuccess>(await bench.Upsert(descriptor));
        Assert.Equal(descriptor.DocumentUuid, inserted.NewDocumentUuid);
        Assert.Equal(new UpsertResult.UpdateSuccess(inserted.NewDocumentUuid),
            await bench.Upsert(descriptor with { DocumentUuid = new(Guid.NewGuid()) }));
        var references = Assert.IsType<UpsertResult.UpsertFailureReference>(await bench.Upsert(documents.First("classPeriods")));
        Assert.Equal([new ResourceName("School")], references.ResourceNames);
        DmsRequest school = documents.First("schools");
        var descriptors = Assert.IsType<UpsertResult.UpsertFailureDescriptorReference>(await bench.Upsert(school));
        Assert.Equal(school.DocumentInfo.DescriptorReferences, descriptors.InvalidDescriptorReferences);
        var refused = Assert.IsType<UpsertResult.UpsertFailureNotAuthorized>(
            await bench.Upsert(descriptor with { ResourceAuthorizationHandler = Namespace("uri://other") }));
        Assert.Contains("'uri://other'", refused.ErrorMessages.Single(), StringComparison.Ordinal);
        // Another document's id.
        DmsRequest other = documents.All.First(one => one.ResourceInfo.IsDescriptor && one.ResourceInfo != descriptor.ResourceInfo);
        var conflict = Assert.IsType<UpsertResult.UpsertFailureIdentityConflict>(
            await bench.Upsert(other with { DocumentUuid = inserted.NewDocumentUuid }));
        Assert.Equal(other.ResourceInfo.ResourceName, conflict.ResourceName);
        Assert.Equal("descriptor", conflict.DuplicateIdentityValues.Single().Key);
        Assert.Equal(1, await store.Count("SELECT count(*) FROM dms.Document WHERE LastModifiedTraceId = 'dms-tests'"));
        Assert.Empty(bench.Calls);
    }

    [Fact]
    public async Task Relationships_are_authorized_from_what_is_stored()
    {
        DmsDocuments documents = await DmsDocuments.Get();
        await using DmsStore store = await DmsStore.Open(documents.Endpoints, plugins: null);
        await Submit(store.Bench, documents);
        store.Bench.CurrentValue.Authorization = AuthorizationMode.AsData;
        DmsRequest association = documents.First("studentSchoolAssociations");
        string school = association.EdfiDoc["schoolReference"]!["schoolId"]!.ToString();
        Assert.IsType<UpsertResult.UpdateSuccess>(
            await store.Bench.Upsert(association with { ResourceAuthorizationHandler = Relationships(school) }));
        var refused = Assert.IsType<UpsertResult.UpsertFailureNotAuthorized>(
            await store.Bench.Upsert(association with { ResourceAuthorizationHandler = Relationships("1") }));
        Assert.Contains("('1')", refused.ErrorMessages.Single(), StringComparison.Ordinal);
        Assert.NotEmpty(refused.Hints!);
    }

    [Theory]
    [InlineData("1e2", true)]
    [InlineData("\"100\"", false)]
    public void The_sides_of_an_association_are_found_in_the_body(string schoolId, bool isNumber)
    {
        string text = schoolId.Trim('"');
        JsonNode body = JsonNode.Parse(
            $$$"""
            {"studentReference":{"studentUniqueId":"s"},"schoolReference":{"schoolId":{{{schoolId}}}},
             "nextYearSchoolReference":{"schoolId":7}}
            """)!;
        DmsRequest request = DmsRequest.Of("StudentSchoolAssociation") with { EdfiDoc = body };
        DocumentReference[] references =
            [Reference("School", "schoolId", "7"), Reference("School", "schoolId", text), Reference("Student", "studentUniqueId", "s")];
        request = request with { DocumentInfo = request.DocumentInfo with { DocumentReferences = references } };
        IReadOnlyList<Laneway.DocumentIdentity> mapped = request.ToExtraction().DocumentReferences;
        Assert.Equal(["$.otherReference", "$.schoolReference", "$.studentReference"], mapped.Select(one => one.Path));
        Assert.Equal(new IdentityValue("$.schoolId", text, isNumber), mapped[1].Identity.Single());
    }

    private static DocumentReference Reference(string resource, string key, string value) => new(
        new BaseResourceInfo(new("Ed-Fi"), new(resource), false),
        new DocumentIdentity([new(new("$." + key), value)]), default);

    private static DmsShowingHandler Namespace(string prefix) => new(new AuthorizationStrategyEvaluator(
        "NamespaceBased", [new AuthorizationFilter.Namespace(prefix)], FilterOperator.Or));

    private static DmsShowingHandler Relationships(string organization) => new(new AuthorizationStrategyEvaluator(
        "RelationshipsWithEdOrgsAndPeople", [new AuthorizationFilter.EducationOrganization(organization)], FilterOperator.Or));

    private static async Task<List<string>> Load(DmsDocuments documents, ExtractionMode mode, LanewayPlugins? plugins)
    {
        await using DmsStore store = await DmsStore.Open(documents.Endpoints, plugins);
        store.Bench.CurrentValue.Extraction = mode;
        await Submit(store.Bench, documents);
        return await store.Lines();
    }

    /// <summary>Submits all documents at once: an upsert waits for pending documents that it refers to.</summary>
    private static async Task Submit(DmsBench bench, DmsDocuments documents)
    {
        UpsertResult[] results = await Task.WhenAll(documents.All.Select(bench.Upsert));
        Assert.All(results, result => Assert.IsType<UpsertResult.InsertSuccess>(result));
        Assert.Empty(bench.Calls);
    }
}
