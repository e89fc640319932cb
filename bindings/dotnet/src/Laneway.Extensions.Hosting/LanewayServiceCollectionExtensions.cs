namespace Laneway.Extensions.Hosting;

using System.Diagnostics.Metrics;
using Laneway.Extensions.Hosting.Internal;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

/// <summary>Adds Laneway to a host.</summary>
public static class LanewayServiceCollectionExtensions
{
    /// <summary>Adds <see cref="LanewayStores"/>, a health check, metrics, and a hosted service that opens the stores at
    /// start and drains them at shutdown. Options are validated when the host starts.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">The section with the <see cref="LanewayOptions"/>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddLaneway(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddOptions<LanewayOptions>().Bind(configuration);
        return services.AddLaneway(static _ => { });
    }

    /// <summary>Adds the same services, with options that are set in code.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddLaneway(this IServiceCollection services, Action<LanewayOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<LanewayOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LanewayOptions>, LanewayOptionsValidator>());
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IStoreOpener, StoreOpener>();
        services.TryAddSingleton(static provider => new LanewayStores(
            provider.GetRequiredService<IOptions<LanewayOptions>>(), provider.GetRequiredService<IStoreOpener>(),
            provider.GetRequiredService<ILoggerFactory>(), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<LanewayMetrics>(static provider => new LanewayMetrics(
            provider.GetRequiredService<LanewayStores>(), provider.GetRequiredService<IMeterFactory>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, LanewayHostedService>());
        services.TryAddSingleton(static provider => new LanewayHealthCheck(
            provider.GetRequiredService<LanewayStores>(), provider.GetRequiredService<TimeProvider>()));
        services.AddHealthChecks();
        services.Configure<HealthCheckServiceOptions>(AddCheck);
        return services;
    }

    // Calling AddLaneway twice adds one check.
    private static void AddCheck(HealthCheckServiceOptions checks)
    {
        if (checks.Registrations.All(check => check.Name != LanewayHealthCheck.Name))
        {
            checks.Registrations.Add(new(
                LanewayHealthCheck.Name, static provider => provider.GetRequiredService<LanewayHealthCheck>(),
                failureStatus: null, tags: ["ready"]));
        }
    }
}
