namespace Laneway.Extensions.Hosting.Internal;

using System.Globalization;

/// <summary>Options by name, to tell which differ: from the defaults, or after a change. Values of connection strings are
/// compared, but never shown.</summary>
internal static class OptionsDifference
{
    /// <summary>The limits that are set, each with its value.</summary>
    internal static IEnumerable<string> Set(LanewayLimits limits)
    {
        var defaults = new LanewayLimits();
        return Limits.Where(one => !Equals(one.Value(limits), one.Value(defaults)))
            .Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Name} {one.Value(limits)}"));
    }

    /// <summary>The names of options that differ and take a restart.</summary>
    internal static IEnumerable<string> Fixed(LanewayOptions before, LanewayOptions after) =>
        Fixes.Where(one => !Equals(one.Value(before), one.Value(after))).Select(one => one.Name)
            .Concat(before.Stores.Keys.Union(after.Stores.Keys).Order(StringComparer.Ordinal)
                .Where(name => before.Stores.TryGetValue(name, out string? was) != after.Stores.TryGetValue(name, out string? now) || was != now)
                .Select(name => $"{nameof(after.Stores)}:{name}"))
            .Concat(FixedLimits.Where(one => !Equals(one.Value(before.Limits), one.Value(after.Limits))).Select(one => Limit(one.Name)));

    /// <summary>The options that differ and may change while the host runs, each with its new value.</summary>
    internal static IEnumerable<string> Changeable(LanewayOptions before, LanewayOptions after) =>
        Changes.Where(one => !Equals(one.Value(before), one.Value(after)))
            .Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Name} {one.Value(after)}"))
            .Concat(ChangeableLimits.Where(one => !Equals(one.Value(before.Limits), one.Value(after.Limits)))
                .Select(one => string.Create(
                    CultureInfo.InvariantCulture, $"{Limit(one.Name)} {one.Value(after.Limits) ?? "as by default"}")));

    // By hand instead of by reflection, which trimming breaks; a test compares the names with the properties.
    internal static readonly (string Name, Func<LanewayOptions, object?> Value)[] Fixes =
    [
        (nameof(LanewayOptions.ConnectionString), options => options.ConnectionString),
        (nameof(LanewayOptions.PluginFolder), options => options.PluginFolder),
        (nameof(LanewayOptions.WatchPluginFolder), options => options.WatchPluginFolder),
        (nameof(LanewayOptions.PluginTrustedKeys), options => string.Join('\n', options.PluginTrustedKeys)),
        (nameof(LanewayOptions.PluginAllowList), options => options.PluginAllowList),
        (nameof(LanewayOptions.PluginCodeCache), options => options.PluginCodeCache),
        (nameof(LanewayOptions.Schemas), options => string.Join('\n', options.Schemas)),
        (nameof(LanewayOptions.WaitForStores), options => options.WaitForStores),
        (nameof(LanewayOptions.WorkerThreads), options => options.WorkerThreads),
        (nameof(LanewayOptions.ConnectionsMax), options => options.ConnectionsMax),
        (nameof(LanewayOptions.Coercion), options => options.Coercion),
        (nameof(LanewayOptions.Isolation), options => options.Isolation),
        (nameof(LanewayOptions.LogLevel), options => options.LogLevel),
    ];

    internal static readonly (string Name, Func<LanewayOptions, object?> Value)[] Changes =
    [
        (nameof(LanewayOptions.Batching), options => options.Batching),
        (nameof(LanewayOptions.DrainTimeout), options => options.DrainTimeout),
    ];

    internal static readonly (string Name, Func<LanewayLimits, object?> Value)[] FixedLimits =
    [
        (nameof(LanewayLimits.ExtractThreads), limits => limits.ExtractThreads),
        (nameof(LanewayLimits.LockTimeout), limits => limits.LockTimeout),
        (nameof(LanewayLimits.StatementTimeout), limits => limits.StatementTimeout),
        (nameof(LanewayLimits.IdleInTransactionTimeout), limits => limits.IdleInTransactionTimeout),
        (nameof(LanewayLimits.AnswerTimeout), limits => limits.AnswerTimeout),
    ];

    internal static readonly (string Name, Func<LanewayLimits, object?> Value)[] ChangeableLimits =
    [
        (nameof(LanewayLimits.OutageMax), limits => limits.OutageMax),
        (nameof(LanewayLimits.ReferenceRecheck), limits => limits.ReferenceRecheck),
        (nameof(LanewayLimits.Lanes), limits => limits.Lanes),
        (nameof(LanewayLimits.BatchItemsMax), limits => limits.BatchItemsMax),
        (nameof(LanewayLimits.BatchBytesMax), limits => limits.BatchBytesMax),
        (nameof(LanewayLimits.Linger), limits => limits.Linger),
        (nameof(LanewayLimits.FlushesConcurrentMax), limits => limits.FlushesConcurrentMax),
        (nameof(LanewayLimits.SingleConcurrentMax), limits => limits.SingleConcurrentMax),
        (nameof(LanewayLimits.StoreItemsMax), limits => limits.StoreItemsMax),
        (nameof(LanewayLimits.StoreBytesMax), limits => limits.StoreBytesMax),
        (nameof(LanewayLimits.LaneItemsMax), limits => limits.LaneItemsMax),
        (nameof(LanewayLimits.IdentityLineMax), limits => limits.IdentityLineMax),
        (nameof(LanewayLimits.DocumentBytesMax), limits => limits.DocumentBytesMax),
        (nameof(LanewayLimits.RetriesMax), limits => limits.RetriesMax),
        (nameof(LanewayLimits.LocksPerFlushMax), limits => limits.LocksPerFlushMax),
        (nameof(LanewayLimits.LatencyObjective), limits => limits.LatencyObjective),
        (nameof(LanewayLimits.WaitersMax), limits => limits.WaitersMax),
    ];

    private static IEnumerable<(string Name, Func<LanewayLimits, object?> Value)> Limits => ChangeableLimits.Concat(FixedLimits);

    private static string Limit(string name) => $"{nameof(LanewayOptions.Limits)}:{name}";
}
