namespace Laneway.Samples.Dms;

using System.Text.Json.Nodes;
using EdFi.DataManagementService.Core.External.Model;

/// <summary>The names of resources in URLs, by which Laneway finds plugins. Created once, from the DMS's ApiSchemas.
/// </summary>
public sealed class ResourceEndpoints
{
    private readonly Dictionary<(string Project, string Resource), (string Project, string Endpoint)> endpoints = [];

    /// <summary>Reads the schema of the core project and those of its extensions.</summary>
    public ResourceEndpoints(IEnumerable<JsonNode> apiSchemas)
    {
        ArgumentNullException.ThrowIfNull(apiSchemas);
        foreach (JsonNode schema in apiSchemas)
        {
            Add(schema["projectSchema"]
                ?? throw new ArgumentException("An ApiSchema has no projectSchema.", nameof(apiSchemas)));
        }
    }

    /// <summary>A resource's names in URLs, such as <c>ed-fi</c> and <c>students</c>; <c>null</c> if no schema contains it.
    /// </summary>
    public (string Project, string Endpoint)? Find(BaseResourceInfo resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        (string, string) name = (resource.ProjectName.Value, resource.ResourceName.Value);
        return endpoints.TryGetValue(name, out var found) ? found : null;
    }

    private void Add(JsonNode project)
    {
        string name = (string)project["projectName"]!, inUrls = (string)project["projectEndpointName"]!;
        foreach ((string endpoint, JsonNode? resource) in project["resourceSchemas"]!.AsObject())
        {
            // An extension of a core resource has the core resource's endpoint.
            if (!(bool)resource!["isResourceExtension"]!)
            {
                endpoints.Add((name, (string)resource["resourceName"]!), (inUrls, endpoint));
            }
        }
    }
}
