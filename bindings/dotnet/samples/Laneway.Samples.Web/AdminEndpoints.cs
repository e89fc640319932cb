namespace Laneway.Samples.Web;

using System.Security.Cryptography;
using System.Text;
using Laneway.Extensions.Hosting;
using Microsoft.Extensions.Options;

/// <summary>Endpoints that show the plugins and replace them while requests run. Only mapped if a key and a folder are set.
/// </summary>
internal static class AdminEndpoints
{
    private const string KeyHeader = "X-Admin-Key";

    internal static void MapAdministration(this WebApplication app)
    {
        ServiceOptions options = app.Services.GetRequiredService<IOptions<ServiceOptions>>().Value;
        if (options is not { AdminKey: { Length: > 0 } key, PluginsRoot: { } root })
        {
            return;
        }

        RouteGroupBuilder admin = app.MapGroup("/admin/plugins").AddEndpointFilter(async (context, next) =>
            Has(context.HttpContext.Request, key) ? await next(context) : TypedResults.Unauthorized());
        admin.MapGet("/", Get).WithName("GetPlugins").WithSummary("The generation of the plugins, and the resources that they serve.");
        admin.MapPost("/{folder}", (string folder, HttpContext http, LanewayStores stores) => Publish(root, folder, http, stores))
            .WithName("PublishPlugins")
            .WithSummary("Publishes the plugins of a folder below the plugins' root, atomically, while requests run.")
            .Produces<Problem>(StatusCodes.Status400BadRequest, Problem.ContentType);
    }

    private static bool Has(HttpRequest request, string key) => CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes(request.Headers[KeyHeader].ToString()), Encoding.UTF8.GetBytes(key));

    private static PluginsServed Get(LanewayStores stores) => new(stores.Plugins.Generation, stores.Plugins.GetResources());

    private static async Task<IResult> Publish(string root, string folder, HttpContext http, LanewayStores stores)
    {
        // A name below the root, not a path out of it.
        if (Path.GetFileName(folder) != folder || folder is "." or ".." || !Directory.Exists(Path.Combine(root, folder)))
        {
            return TypedResults.NotFound();
        }

        try
        {
            long generation = await stores.Plugins.PublishFolderAsync(Path.Combine(root, folder));
            return TypedResults.Ok(new PluginsServed(generation, stores.Plugins.GetResources()));
        }
        catch (LanewayException exception)
        {
            Problem problem = Problem.Of(
                StatusCodes.Status400BadRequest, "bad-request", "Bad Request", "The plugins cannot be published; nothing has changed.",
                http.TraceIdentifier, null, exception.Message);
            return TypedResults.Json(problem, ProblemJson.Default.Problem, Problem.ContentType, problem.Status);
        }
    }
}

/// <summary>The plugins in force.</summary>
/// <param name="Generation">How often plugins have been published.</param>
/// <param name="Resources">The resources that they serve, as <c>project/endpoint</c>.</param>
internal sealed record PluginsServed(long Generation, IReadOnlyList<string> Resources);
