namespace Laneway.Extensions.Hosting.Internal;

using Microsoft.Extensions.Options;

/// <summary>Reports everything that is wrong with the options at once, before anything is opened.</summary>
internal sealed class LanewayOptionsValidator : IValidateOptions<LanewayOptions>
{
    private const long BytesMax = 1L << 40;

    private static readonly TimeSpan TimeoutMin = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan TimeoutMax = TimeSpan.FromMilliseconds(int.MaxValue);

    public ValidateOptionsResult Validate(string? name, LanewayOptions options)
    {
        string[] wrong = [.. Stores(options), .. Plugins(options), .. Numbers(options)];
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
            yield return "Set only one of PluginFolder (written by `laneway plugin compile`) and Schemas (ApiSchema files).";
        }

        if (options.WatchPluginFolder && options.PluginFolder is null)
        {
            yield return "WatchPluginFolder is set, but PluginFolder is not: set the folder to watch.";
        }

        if (options.PluginFolder is { } folder && !Directory.Exists(folder))
        {
            yield return $"PluginFolder is not a folder: {Path.GetFullPath(folder)}.";
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

    private static IEnumerable<string> Numbers(LanewayOptions options)
    {
        LanewayLimits limits = options.Limits;
        (string Name, double? Value, double Min, double Max)[] numbers =
        [
            (nameof(options.WorkerThreads), options.WorkerThreads, 1, int.MaxValue),
            (nameof(options.ConnectionsMax), options.ConnectionsMax, 1, int.MaxValue),
            (nameof(limits.Lanes), limits.Lanes, 1, 16),
            (nameof(limits.BatchItemsMax), limits.BatchItemsMax, 1, int.MaxValue),
            (nameof(limits.BatchBytesMax), limits.BatchBytesMax, 1, BytesMax),
            (nameof(limits.FlushesConcurrentMax), limits.FlushesConcurrentMax, 1, int.MaxValue),
            (nameof(limits.SingleConcurrentMax), limits.SingleConcurrentMax, 1, int.MaxValue),
            (nameof(limits.StoreItemsMax), limits.StoreItemsMax, 1, int.MaxValue),
            (nameof(limits.StoreBytesMax), limits.StoreBytesMax, 1, BytesMax),
            (nameof(limits.LaneItemsMax), limits.LaneItemsMax, 1, int.MaxValue),
            (nameof(limits.IdentityLineMax), limits.IdentityLineMax, 1, int.MaxValue),
            (nameof(limits.DocumentBytesMax), limits.DocumentBytesMax, 1, BytesMax),
            (nameof(limits.ExtractThreads), limits.ExtractThreads, 0, 256),
            (nameof(limits.RetriesMax), limits.RetriesMax, 0, 1000),
            (nameof(limits.LocksPerFlushMax), limits.LocksPerFlushMax, 1, int.MaxValue),
            (nameof(limits.WaitersMax), limits.WaitersMax, 0, int.MaxValue),
        ];
        foreach ((string name, double? value, double min, double max) in numbers.Where(one => one.Value < one.Min || one.Value > one.Max))
        {
            yield return $"{name} is {value}: use {min} to {max}.";
        }

        (string Name, TimeSpan? Value, TimeSpan Min, TimeSpan Max)[] times =
        [
            (nameof(options.DrainTimeout), options.DrainTimeout, TimeSpan.Zero, TimeoutMax),
            (nameof(limits.Linger), limits.Linger, TimeSpan.Zero, TimeSpan.FromMinutes(1)),
            (nameof(limits.LatencyObjective), limits.LatencyObjective, TimeSpan.Zero, TimeSpan.FromDays(1)),
            (nameof(limits.LockTimeout), limits.LockTimeout, TimeoutMin, TimeoutMax),
            (nameof(limits.StatementTimeout), limits.StatementTimeout, TimeoutMin, TimeoutMax),
            (nameof(limits.IdleInTransactionTimeout), limits.IdleInTransactionTimeout, TimeoutMin, TimeoutMax),
        ];
        foreach ((string name, TimeSpan? value, TimeSpan min, TimeSpan max) in times.Where(one => one.Value < one.Min || one.Value > one.Max))
        {
            yield return $"{name} is {value}: use {min} to {max}.";
        }

        if (limits.Batching)
        {
            yield return "Limits has Batching: set Batching beside Limits instead.";
        }
    }
}
