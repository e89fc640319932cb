namespace Laneway.Samples.Dms;

using EdFi.DataManagementService.Core.External.Interface;
using Laneway.Extensions.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

/// <summary>Registers the decorator.</summary>
public static class LanewayUpsertsExtensions
{
    private const string OldPath = "the repository before Laneway";

    /// <summary>Decorates the DMS's repository. Call it after the DMS's datastore was added. The query handler, which is
    /// registered separately, is not affected.</summary>
    /// <param name="services">The DMS's services.</param>
    /// <param name="configuration">Has the sections <c>Laneway</c> and <see cref="LanewayUpsertOptions.Section"/>.</param>
    /// <param name="endpoints">Creates the endpoints from the ApiSchemas that the DMS has loaded.</param>
    /// <param name="store">Returns the name of the current request's store; not needed if the DMS has one database.</param>
    public static IServiceCollection AddLanewayUpserts(
        this IServiceCollection services, IConfiguration configuration, Func<IServiceProvider, ResourceEndpoints> endpoints,
        Func<IServiceProvider, string>? store = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddLaneway(configuration.GetSection("Laneway"));
        services.AddOptions<LanewayUpsertOptions>().Bind(configuration.GetSection(LanewayUpsertOptions.Section))
            .Validate(options => options.Timeout > TimeSpan.Zero, "LanewayUpserts:Timeout must be positive.")
            .ValidateOnStart();
        services.AddSingleton(endpoints);
        services.Configure<HealthCheckServiceOptions>(OnlyDegrades);
        return services.DecorateRepository(provider => new HostedClientSource(
            provider.GetRequiredService<LanewayStores>(), () => store?.Invoke(provider) ?? LanewayOptions.DefaultStore));
    }

    /// <summary>Moves the registered repository under a key and registers the decorator instead, with the same lifetime.
    /// </summary>
    private static IServiceCollection DecorateRepository(
        this IServiceCollection services, Func<IServiceProvider, ILanewayClientSource> source)
    {
        ServiceDescriptor inner = services.Last(service => service.ServiceType == typeof(IDocumentStoreRepository));
        services.Remove(inner);
        services.Add(Keyed(inner));
        services.Add(ServiceDescriptor.Describe(typeof(ILanewayClientSource), source, inner.Lifetime));
        services.Add(ServiceDescriptor.Describe(
            typeof(IDocumentStoreRepository),
            provider => ActivatorUtilities.CreateInstance<LanewayDocumentStoreRepository>(
                provider, provider.GetRequiredKeyedService<IDocumentStoreRepository>(OldPath)),
            inner.Lifetime));
        return services;
    }

    /// <summary>Without Laneway requests take the old path, so a load balancer need not stop sending them.</summary>
    private static void OnlyDegrades(HealthCheckServiceOptions checks) =>
        checks.Registrations.Single(check => check.Name == LanewayHealthCheck.Name).FailureStatus = HealthStatus.Degraded;

    private static ServiceDescriptor Keyed(ServiceDescriptor service) => service switch
    {
        { ImplementationInstance: { } instance } => new(service.ServiceType, OldPath, instance),
        { ImplementationFactory: { } make } =>
            new(service.ServiceType, OldPath, (provider, _) => make(provider), service.Lifetime),
        _ => new(service.ServiceType, OldPath, service.ImplementationType!, service.Lifetime),
    };
}
