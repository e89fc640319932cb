namespace Laneway.Tests.Samples;

using System.Text.Json.Nodes;
using Laneway.Samples.Dms;

/// <summary>Recorded documents as the DMS passes them to its repository, each after the documents that it refers to.</summary>
internal sealed class DmsDocuments
{
    // The number of documents of each endpoint: associations with triggers, an organization, references and descriptors
    // in arrays.
    private static readonly (string Endpoint, int Count)[] Wanted =
    [
        ("sexDescriptors", 1), ("schools", 3), ("classPeriods", 2), ("studentSchoolAssociations", 12),
        ("studentContactAssociations", 12), ("studentEducationOrganizationResponsibilityAssociations", 3),
        ("studentEducationOrganizationAssociations", 4),
        ("staffEducationOrganizationEmploymentAssociations", 4), ("staffEducationOrganizationAssignmentAssociations", 4),
    ];

    private static readonly string[] Needed =
        ["credentials", "schoolYearTypes", "localEducationAgencies", "educationServiceCenters", "students", "contacts", "staffs"];

    private static readonly Lazy<Task<DmsDocuments>> Read = new(ReadAll);

    private readonly Dictionary<string, IReadOnlyList<DmsRequest>> byEndpoint;

    private DmsDocuments(IReadOnlyList<(string Endpoint, DmsRequest Request)> all, LanewayPlugins plugins, JsonNode schema)
    {
        All = [.. all.Select(one => one.Request)];
        byEndpoint = all.GroupBy(one => one.Endpoint).ToDictionary(
            group => group.Key, group => (IReadOnlyList<DmsRequest>)[.. group.Select(one => one.Request)]);
        Plugins = plugins;
        Endpoints = new ResourceEndpoints([schema]);
    }

    internal IReadOnlyList<DmsRequest> All { get; }

    internal LanewayPlugins Plugins { get; }

    internal ResourceEndpoints Endpoints { get; }

    internal DmsRequest First(string endpoint) => byEndpoint[endpoint][0];

    internal static Task<DmsDocuments> Get() => Read.Value;

    private static async Task<DmsDocuments> ReadAll()
    {
        string schemaFile = Path.Combine(Needs.Data().FullName, "schemas", "ds-5.2.apischema.json");
        JsonNode schema = JsonNode.Parse(await File.ReadAllBytesAsync(schemaFile))!;
        IEnumerable<string> endpoints = [.. Needed, .. Wanted.Select(one => one.Endpoint), "*Descriptors"];
        string[] files = [.. endpoints.SelectMany(Recorded.Files).Distinct().Order(StringComparer.Ordinal)];
        (int exitCode, string output) = await PluginFolders.Start(Needs.Program(), ["extract", "--schema", schemaFile, .. files]);
        Assert.True(exitCode == 0, output);
        List<DmsDocument> kept = WithNeeded([.. files.SelectMany(File.ReadLines)
            .Zip(output.Split('\n'), (line, extracted) => new DmsDocument(line, extracted, schema))]);
        return new DmsDocuments(
            [.. kept.Select(document => (document.Endpoint, document.Request))], await Plugin(schemaFile, kept), schema);
    }

    /// <summary>The wanted documents and all that they refer to, directly or indirectly.</summary>
    private static List<DmsDocument> WithNeeded(List<DmsDocument> all)
    {
        var byId = all.SelectMany(document => document.Ids.Select(id => (id, document)))
            .ToDictionary(one => one.id, one => one.document);
        var kept = new HashSet<DmsDocument>();
        var left = new Queue<DmsDocument>(
            Wanted.SelectMany(one => all.Where(document => document.Endpoint == one.Endpoint).Take(one.Count)));
        while (left.TryDequeue(out DmsDocument? document))
        {
            if (kept.Add(document))
            {
                document.References.ToList().ForEach(id => left.Enqueue(byId[id]));
            }
        }

        return [.. all.Where(kept.Contains)];
    }

    private static async Task<LanewayPlugins> Plugin(string schemaFile, List<DmsDocument> documents)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("laneway-dms-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Delete(recursive: true);
        IEnumerable<string> only = documents.Select(document => document.Endpoint).Distinct()
            .SelectMany(endpoint => (string[])["--only", endpoint]);
        (int exitCode, string output) = await PluginFolders.Start(
            Needs.Program(), ["plugin", "compile", schemaFile, "-o", folder.FullName, .. only]);
        Assert.True(exitCode == 0, output);
        return await LanewayPlugins.FromFolderAsync(folder.FullName);
    }
}
