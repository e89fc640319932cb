namespace Laneway.Tests.Samples;

using System.Text.Json.Nodes;

/// <summary>A minimal ApiSchema: names only.</summary>
internal static class DmsSchema
{
    internal static JsonNode Of(IEnumerable<(string Resource, string Endpoint)> resources) => new JsonObject
    {
        ["projectSchema"] = new JsonObject
        {
            ["projectName"] = "Ed-Fi",
            ["projectEndpointName"] = "ed-fi",
            ["resourceSchemas"] = new JsonObject(resources.Select(one => KeyValuePair.Create(one.Endpoint, (JsonNode?)new JsonObject
            {
                ["resourceName"] = one.Resource,
                ["isResourceExtension"] = false,
            }))),
        },
    };
}
