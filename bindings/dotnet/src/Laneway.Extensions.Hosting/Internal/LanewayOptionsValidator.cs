namespace Laneway.Extensions.Hosting.Internal;

using Microsoft.Extensions.Options;

/// <summary>Finds all that is wrong with options at once, before anything is opened.</summary>
internal sealed class LanewayOptionsValidator : IValidateOptions<LanewayOptions>
{
    private const int LanesMax = 16;

    public ValidateOptionsResult Validate(string? name, LanewayOptions options)
    {
        string[] wrong = [.. Stores(options), .. Plugins(options), .. Numbers(options)];
        return wrong.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }

    private static IEnumerable<string> Stores(LanewayOptions options)
    {
        if (options.ConnectionString is null && options.Stores.Count == 0)
        {
            yield return "Laneway has no database: set ConnectionString, or one under Stores.";
        }

        if (options.ConnectionString is not null && options.Stores.ContainsKey(LanewayOptions.DefaultStore))
        {
            yield return $"Stores has one named {LanewayOptions.DefaultStore}, which is the name of ConnectionString: leave one out.";
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
        catch (LanewayException exception)
        {
            return exception.Message;
        }
        catch (ArgumentException)
        {
            // Its message may have the text, and that a password.
            return "It is neither Npgsql's nor a URL.";
        }
    }

    private static IEnumerable<string> Plugins(LanewayOptions options)
    {
        if (options.PluginFolder is not null && options.Schemas.Count > 0)
        {
            yield return "Set only one of PluginFolder (written by `laneway plugin compile`) and Schemas (ApiSchema files).";
        }

        if (options.WatchPluginFolder && options.PluginFolder is null)
        {
            yield return "WatchPluginFolder is set, and PluginFolder is not: say which folder.";
        }

        if (options.PluginFolder is { } folder && !Directory.Exists(folder))
        {
            yield return $"PluginFolder is no folder: {Path.GetFullPath(folder)}.";
        }

        if (options.PluginTrustedKeys.Count > 0 && options.Schemas.Count > 0)
        {
            yield return "PluginTrustedKeys is for a PluginFolder that was signed; what Schemas compile to is signed by nobody.";
        }

        (string Name, IEnumerable<string> Files)[] files =
            [(nameof(options.Schemas), options.Schemas), (nameof(options.PluginTrustedKeys), options.PluginTrustedKeys),
             (nameof(options.PluginAllowList), options.PluginAllowList is { } list ? [list] : [])];
        foreach ((string name, IEnumerable<string> named) in files)
        {
            foreach (string file in named.Where(file => !File.Exists(file)))
            {
                yield return $"{name} names a file that is not there: {Path.GetFullPath(file)}.";
            }
        }
    }

    private static IEnumerable<string> Numbers(LanewayOptions options)
    {
        LanewayLimitSettings limits = options.Limits;
        (string Name, long? Value, long Max)[] counts =
        [
            (nameof(options.WorkerThreads), options.WorkerThreads, int.MaxValue),
            (nameof(options.ConnectionsMax), options.ConnectionsMax, int.MaxValue),
            (nameof(limits.Lanes), limits.Lanes, LanesMax),
            (nameof(limits.BatchItemsMax), limits.BatchItemsMax, int.MaxValue),
            (nameof(limits.FlushesConcurrentMax), limits.FlushesConcurrentMax, int.MaxValue),
            (nameof(limits.StoreItemsMax), limits.StoreItemsMax, int.MaxValue),
            (nameof(limits.StoreBytesMax), limits.StoreBytesMax, long.MaxValue),
            (nameof(limits.LaneItemsMax), limits.LaneItemsMax, int.MaxValue),
            (nameof(limits.DocumentBytesMax), limits.DocumentBytesMax, long.MaxValue),
        ];
        foreach ((string name, long? value, long max) in counts.Where(count => count.Value < 1 || count.Value > count.Max))
        {
            yield return max == LanesMax ? $"{name} is {value}: give 1 to {max}." : $"{name} is {value}: give at least 1.";
        }

        (string Name, TimeSpan? Value)[] times =
            [(nameof(options.DrainTimeout), options.DrainTimeout), (nameof(limits.Linger), limits.Linger),
             (nameof(limits.LatencyObjective), limits.LatencyObjective)];
        foreach ((string name, TimeSpan? value) in times.Where(time => time.Value < TimeSpan.Zero))
        {
            yield return $"{name} is {value}: give a time that is not negative.";
        }

        if (limits.WaitersMax < 0)
        {
            yield return $"{nameof(limits.WaitersMax)} is {limits.WaitersMax}: give 0 (nobody waits) or more.";
        }
    }
}
