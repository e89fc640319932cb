namespace Laneway.Samples.Dms;

using Laneway.Extensions.Hosting;
using Laneway.Samples.Dms.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

/// <summary>Puts the decorator before the DMS's repository.</summary>
public static class LanewayUpsertsExtensions
{
    private const string OldPath = "the repository before Laneway";

    /// <summary>To be called after the DMS's datastore was added. What answers queries is registered by itself, and stays.
    /// </summary>
    /// <param name="services">The DMS's services.</param>
    /// <param name="configuration">Has the sections <c>Laneway</c> and <see cref="LanewayUpsertOptions.Section"/>.</param>
    /// <param name="endpoints">Reads the ApiSchemas that the DMS has loaded.</param>
    /// <param name="store">Names the store of the current request; left out: the DMS has one database.</param>
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

    /// <summary>Keeps the registered repository under a key, and registers the decorator in its place, with its lifetime.
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

    /// <summary>Without Laneway the old path serves: that is no reason to send callers elsewhere.</summary>
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
