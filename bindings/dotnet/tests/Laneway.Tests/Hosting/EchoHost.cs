namespace Laneway.Tests.Hosting;

using Laneway.Extensions.Hosting;
using Laneway.Extensions.Hosting.Internal;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

/// <summary>A host of echo stores, configured like any other.</summary>
internal sealed class EchoHost : IAsyncDisposable
{
    internal EchoHost(
        IEnumerable<(string Key, string? Value)>? settings = null, EchoOpener? opener = null, TimeProvider? time = null,
        TestLog? log = null)
    {
        Log = log ?? new TestLog();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        // A later setting of one name wins.
        builder.Configuration.AddInMemoryCollection(Settings(("ConnectionString", "Host=nowhere"), ("PluginFolder", AppContext.BaseDirectory)));
        builder.Configuration.AddInMemoryCollection(Settings([.. settings ?? []]));
        builder.Services.AddSingleton<IStoreOpener>(opener ?? new EchoOpener());
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddLaneway(builder.Configuration.GetSection("Laneway"));
        builder.Services.AddSingleton<ILoggerFactory>(Log);
        Inner = builder.Build();
    }

    internal IHost Inner { get; }

    internal TestLog Log { get; }

    internal LanewayStores Stores => Inner.Services.GetRequiredService<LanewayStores>();

    internal LanewayClient Client => Stores.Get();

    internal Task StartAsync() => Inner.StartAsync();

    internal async Task<HealthReportEntry> Health() =>
        (await Inner.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries[LanewayHealthCheck.Name];

    /// <summary>The messages of an entry, by its beginning.</summary>
    internal IReadOnlyList<string> Logged(string beginning) =>
        [.. Log.Entries.Select(entry => entry.Message).Where(message => message.StartsWith(beginning, StringComparison.Ordinal))];

    /// <summary>Changes a setting while the host runs.</summary>
    internal void Change(string key, string? value)
    {
        var configuration = (IConfigurationRoot)Inner.Services.GetRequiredService<IConfiguration>();
        configuration["Laneway:" + key] = value;
        configuration.Reload();
    }

    private static IEnumerable<KeyValuePair<string, string?>> Settings(params (string Key, string? Value)[] settings) =>
        settings.Select(setting => KeyValuePair.Create("Laneway:" + setting.Key, setting.Value));

    public async ValueTask DisposeAsync()
    {
        if (Inner is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }
    }
}

/// <summary>Opens echo stores; fails as long as <paramref name="problem"/> returns a reason.</summary>
internal sealed class EchoOpener(Func<string, int, string?>? problem = null) : IStoreOpener
{
    private int attempts;

    public Task<LanewayPlugins?> LoadPluginsAsync(LanewayOptions options) => Task.FromResult<LanewayPlugins?>(null);

    public Task<LanewayClient> OpenAsync(
        LanewayRuntime runtime, LanewayPlugins? plugins, string connectionString, LanewayOptions options,
        CancellationToken cancellation) =>
        problem?.Invoke(connectionString, Interlocked.Increment(ref attempts)) is { } reason
            ? Task.FromException<LanewayClient>(new LanewayException(reason))
            : Task.FromResult(runtime.OpenEcho(options.EffectiveLimits));
}
