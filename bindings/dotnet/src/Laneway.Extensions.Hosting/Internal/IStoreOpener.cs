namespace Laneway.Extensions.Hosting.Internal;

/// <summary>Loads plugins and opens stores; tests replace it.</summary>
internal interface IStoreOpener
{
    /// <summary>Loads the plugins that the options name, if they name any.</summary>
    Task<LanewayPlugins?> LoadPluginsAsync(LanewayOptions options);

    /// <summary>Opens a store.</summary>
    Task<LanewayClient> OpenAsync(
        LanewayRuntime runtime, LanewayPlugins? plugins, string connectionString, LanewayOptions options,
        CancellationToken cancellation);
}

/// <summary>Uses the native library.</summary>
internal sealed class StoreOpener : IStoreOpener
{
    public async Task<LanewayPlugins?> LoadPluginsAsync(LanewayOptions options)
    {
        if (options.PluginFolder is { } folder)
        {
            LanewayPluginsOptions settings = await ReadAsync(options).ConfigureAwait(false);
            return await LanewayPlugins.FromFolderAsync(folder, settings).ConfigureAwait(false);
        }

        if (options.Schemas.Count == 0)
        {
            return null;
        }

        var schemas = new Dictionary<string, ReadOnlyMemory<byte>>();
        foreach (string file in options.Schemas)
        {
            schemas[file] = await File.ReadAllBytesAsync(file).ConfigureAwait(false);
        }

        return await LanewayPlugins.FromSchemasAsync(schemas, await ReadAsync(options).ConfigureAwait(false))
            .ConfigureAwait(false);
    }

    public Task<LanewayClient> OpenAsync(
        LanewayRuntime runtime, LanewayPlugins? plugins, string connectionString, LanewayOptions options,
        CancellationToken cancellation) =>
        runtime.OpenAsync(
            new LanewayStoreOptions
            {
                ConnectionString = connectionString,
                Plugins = plugins,
                Limits = options.EffectiveLimits,
                ConnectionsMax = options.ConnectionsMax,
                Coercion = options.Coercion,
                Isolation = options.Isolation,
            },
            cancellation);

    private static async Task<LanewayPluginsOptions> ReadAsync(LanewayOptions options)
    {
        var keys = new List<string>();
        foreach (string file in options.PluginTrustedKeys)
        {
            keys.Add(await File.ReadAllTextAsync(file).ConfigureAwait(false));
        }

        return new LanewayPluginsOptions
        {
            TrustedKeys = keys,
            AllowList = options.PluginAllowList is { } list
                ? await File.ReadAllTextAsync(list).ConfigureAwait(false)
                : null,
            CodeCacheFolder = options.PluginCodeCache,
        };
    }
}
