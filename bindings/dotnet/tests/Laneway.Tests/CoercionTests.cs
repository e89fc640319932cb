namespace Laneway.Tests;

using System.Text;

/// <summary>Texts that stand for dates and numbers, on a real server.</summary>
public sealed class CoercionTests
{
    private const string Schema = """
        {"apiSchemaVersion": "1.0.0", "projectSchema": {
            "projectName": "Test", "projectEndpointName": "test", "projectVersion": "1", "isExtensionProject": false,
            "caseInsensitiveEndpointNameMapping": {"stays": "stays"},
            "resourceSchemas": {"stays": {
                "resourceName": "Stay", "isDescriptor": false, "identityJsonPaths": ["$.personId", "$.beginDate"],
                "documentPathsMapping": {}, "securableElements": {},
                "dateJsonPaths": ["$.beginDate"], "numericJsonPaths": ["$.personId"]}}}}
        """;

    [Fact]
    public async Task A_store_coerces_what_its_options_say()
    {
        await using TestDatabase database = await TestDatabase.DeployedAsync();
        await using var runtime = new LanewayRuntime();
        using LanewayPlugins plugins = await LanewayPlugins.FromSchemasAsync(
            new Dictionary<string, ReadOnlyMemory<byte>> { ["test.json"] = Encoding.UTF8.GetBytes(Schema) });
        Task<LanewayClient> Open(LanewayCoercion coercion) => runtime.OpenAsync(
            new LanewayStoreOptions { ConnectionString = database.ConnectionString, Plugins = plugins, Coercion = coercion });
        await using LanewayClient all = await Open(LanewayCoercion.All);
        await using LanewayClient dates = await Open(LanewayCoercion.Dates);
        await using LanewayClient nothing = await Open(LanewayCoercion.Nothing);

        Assert.IsType<UpsertOutcome.Inserted>(await all.UpsertAsync(Stay("\" 7\"", "02/09/2018")));
        Assert.IsType<UpsertOutcome.Updated>(await dates.UpsertAsync(Stay("7", "2/9/2018")));
        Assert.IsType<UpsertOutcome.Updated>(await nothing.UpsertAsync(Stay("7", "2018-02-09")));
        var refused = Assert.IsType<UpsertOutcome.InvalidDocument>(await nothing.UpsertAsync(Stay("7", "2/9/2018")));
        Assert.Equal("not-coerced", refused.Code);
        Assert.Contains("$.beginDate", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, await database.Count("SELECT count(*) FROM dms.Document WHERE EdfiDoc->>'beginDate' = '2018-02-09'"));
        Assert.Equal(1, await database.Count("SELECT count(*) FROM dms.Document"));
    }

    private static UpsertRequest Stay(string person, string begin) => new()
    {
        Project = "test",
        Endpoint = "stays",
        Document = Encoding.UTF8.GetBytes($$"""{"personId":{{person}},"beginDate":"{{begin}}"}"""),
    };
}
