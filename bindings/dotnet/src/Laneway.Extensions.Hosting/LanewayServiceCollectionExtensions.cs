// Where a host's code looks for such methods, without a using of its own.
namespace Microsoft.Extensions.DependencyInjection;

using System.Diagnostics.Metrics;
using Laneway.Extensions.Hosting;
using Laneway.Extensions.Hosting.Internal;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

/// <summary>Adds Laneway to a host.</summary>
public static class LanewayServiceCollectionExtensions
{
    /// <summary>Adds <see cref="LanewayStores"/>, each store as a <see cref="LanewayStore"/> (keyed by its name), a health
    /// check, metrics, and a hosted service that opens the stores at start and drains them at shutdown. Options are validated
    /// when the host starts.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">The section with the <see cref="LanewayOptions"/>. An empty value, as of an environment
    /// variable that is set to nothing, is as none.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddLaneway(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddOptions<LanewayOptions>().Configure(options => WithoutEmpty(configuration).Bind(options));
        services.AddSingleton<IOptionsChangeTokenSource<LanewayOptions>>(
            new ConfigurationChangeTokenSource<LanewayOptions>(configuration));
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
        services.TryAddSingleton(static provider => new LanewayStore(
            provider.GetRequiredService<LanewayStores>(), LanewayOptions.DefaultStore));
        services.TryAddKeyedSingleton(KeyedService.AnyKey, static (provider, name) => new LanewayStore(
            provider.GetRequiredService<LanewayStores>(), (string)name!));
        services.TryAddSingleton<LanewayMetrics>(static provider => new LanewayMetrics(
            provider.GetRequiredService<LanewayStores>(), provider.GetRequiredService<IMeterFactory>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, LanewayHostedService>());
        services.TryAddSingleton(static provider => new LanewayHealthCheck(
            provider.GetRequiredService<LanewayStores>(), provider.GetRequiredService<TimeProvider>()));
        services.AddHealthChecks();
        services.Configure<HealthCheckServiceOptions>(AddCheck);
        return services;
    }

    /// <summary>The configuration's values that are not empty.</summary>
    private static IConfigurationRoot WithoutEmpty(IConfiguration configuration) => new ConfigurationBuilder()
        .AddInMemoryCollection(configuration.AsEnumerable(makePathsRelative: true).Where(one => !string.IsNullOrEmpty(one.Value)))
        .Build();

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
