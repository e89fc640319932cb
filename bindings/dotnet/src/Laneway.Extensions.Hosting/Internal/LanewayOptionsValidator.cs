namespace Laneway.Extensions.Hosting.Internal;

using Laneway.Internal;
using Microsoft.Extensions.Options;

/// <summary>Reports everything that is wrong with the options at once, before anything is opened.</summary>
internal sealed class LanewayOptionsValidator : IValidateOptions<LanewayOptions>
{
    private const int WorkerThreadsMax = 256;

    // Longer than any host waits, and within what timers can express together with the time for closing.
    private static readonly TimeSpan DrainTimeoutMax = TimeSpan.FromDays(1);

    public ValidateOptionsResult Validate(string? name, LanewayOptions options)
    {
        string[] wrong = [.. Stores(options), .. Plugins(options), .. Ranges(options)];
        return wrong.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }

    private static IEnumerable<string> Stores(LanewayOptions options)
    {
        if (options.ConnectionString is null && options.Stores.Count == 0)
        {
            yield return "Laneway has no database: set ConnectionString, or add one to Stores.";
        }

        if (options.ConnectionString is not null && options.Stores.ContainsKey(LanewayOptions.DefaultStore))
        {
            yield return $"Stores contains the name {LanewayOptions.DefaultStore}, which is the name of ConnectionString's store: remove one.";
        }

        foreach ((string store, string connectionString) in options.AllStores())
        {
            if (Wrong(connectionString) is { } reason)
            {
                yield return $"The connection string of the store {store} cannot be used. {reason}";
            }
        }
    }

    private static string? Wrong(string connectionString)
    {
        try
        {
            LanewayStoreOptions.CheckConnectionString(connectionString);
            return null;
        }
        catch (ArgumentException exception)
        {
            return exception.Message;
        }
    }

    private static IEnumerable<string> Plugins(LanewayOptions options)
    {
        if (options.PluginFolder is not null && options.Schemas.Count > 0)
        {
            yield return "Set only one of PluginFolder and Schemas.";
        }

        if (options.WatchPluginFolder && options.PluginFolder is null)
        {
            yield return "WatchPluginFolder is set, but PluginFolder is not: set the folder to watch.";
        }

        if (options.PluginFolder is { } folder && !Directory.Exists(folder))
        {
            yield return $"PluginFolder is not a folder: {Path.GetFullPath(folder)}. `laneway plugin compile` writes such folders; "
                + "or set Schemas to ApiSchema files, which are compiled when the host starts.";
        }

        if (options.PluginTrustedKeys.Count > 0 && options.Schemas.Count > 0)
        {
            yield return "PluginTrustedKeys needs a signed PluginFolder; plugins compiled from Schemas are not signed.";
        }

        (string Name, IEnumerable<string> Files)[] files =
            [(nameof(options.Schemas), options.Schemas), (nameof(options.PluginTrustedKeys), options.PluginTrustedKeys),
             (nameof(options.PluginAllowList), options.PluginAllowList is { } list ? [list] : [])];
        foreach ((string name, IEnumerable<string> named) in files)
        {
            foreach (string file in named.Where(file => !File.Exists(file)))
            {
                yield return $"{name} names a file that does not exist: {Path.GetFullPath(file)}.";
            }
        }
    }

    private static IEnumerable<string> Ranges(LanewayOptions options)
    {
        var own = new Bounds()
            .Number(nameof(options.WorkerThreads), options.WorkerThreads, 1, WorkerThreadsMax)
            .Number(nameof(options.ConnectionsMax), options.ConnectionsMax, 1, int.MaxValue)
            .Time(nameof(options.DrainTimeout), options.DrainTimeout, TimeSpan.Zero, DrainTimeoutMax)
            .Named(nameof(options.Coercion), options.Coercion)
            .Named(nameof(options.Isolation), options.Isolation)
            .Named(nameof(options.LogLevel), options.LogLevel);
        string[] all = [.. own.Wrong, .. options.Limits.Validate().Select(wrong => $"{nameof(options.Limits)}:{wrong}")];
        foreach (string wrong in all)
        {
            yield return wrong;
        }

        if (all.Length == 0)
        {
            foreach (string wrong in options.Limits.Validate(options.ConnectionsMax))
            {
                yield return wrong;
            }
        }

        if (options.Limits.Batching)
        {
            yield return "Limits has Batching: set Batching beside Limits instead.";
        }
    }
}
