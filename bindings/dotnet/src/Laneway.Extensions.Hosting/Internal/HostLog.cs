namespace Laneway.Extensions.Hosting.Internal;

using Microsoft.Extensions.Logging;

/// <summary>The hosting package's own log entries.</summary>
internal static partial class HostLog
{
    [LoggerMessage(1, LogLevel.Warning, "The store {Store} is not open; next attempt in {Delay}. {Reason}")]
    internal static partial void NotOpened(ILogger logger, string store, TimeSpan delay, string reason);

    [LoggerMessage(2, LogLevel.Warning, "The host's shutdown timeout has passed: upserts that are not written yet end as closed")]
    internal static partial void CutShort(ILogger logger);

    [LoggerMessage(3, LogLevel.Error, "Laneway did not close within {Timeout}; the host continues its shutdown")]
    internal static partial void Stuck(ILogger logger, TimeSpan timeout);

    [LoggerMessage(4, LogLevel.Information, "In force from now on: {Options}")]
    internal static partial void Applied(ILogger logger, string options);

    [LoggerMessage(5, LogLevel.Error, "The changed configuration is not applied: {Reason}")]
    internal static partial void NotApplied(ILogger logger, string reason);

    [LoggerMessage(6, LogLevel.Warning, "Changed in the configuration, but not in force, as it takes a restart: {Options}")]
    internal static partial void TakesRestart(ILogger logger, string options);

    [LoggerMessage(7, LogLevel.Information,
        "Laneway {Version} has started. Stores: {Stores}. Batching is {Batching}. Plugins: {Plugins}. Limits: {Limits}")]
    internal static partial void Started(
        ILogger logger, string? version, string stores, string batching, string plugins, string limits);

    [LoggerMessage(8, LogLevel.Information, "Draining: {Pending} upserts are pending, for which there are up to {Timeout}")]
    internal static partial void Draining(ILogger logger, long pending, TimeSpan timeout);

    [LoggerMessage(9, LogLevel.Information, "Drained: {Pending} upserts have ended in {Elapsed}")]
    internal static partial void Drained(ILogger logger, long pending, TimeSpan elapsed);

    [LoggerMessage(14, LogLevel.Warning, "The drain timeout of {Timeout} has passed: upserts that were not written by then ended as closed")]
    internal static partial void TimedOut(ILogger logger, TimeSpan timeout);

    [LoggerMessage(10, LogLevel.Information,
        "The host was asked to stop before it had started: Laneway is closed, and what is still loading is left")]
    internal static partial void StoppedBeforeStart(ILogger logger);

    [LoggerMessage(11, LogLevel.Debug, "The store {Store} since the last entry: {Outcomes}; {Transactions} transactions; {Pending} pending")]
    internal static partial void Worked(ILogger logger, string store, string outcomes, long transactions, long pending);

    [LoggerMessage(12, LogLevel.Debug, "The store {Store} is open")]
    internal static partial void Opened(ILogger logger, string store);

    [LoggerMessage(13, LogLevel.Debug, "Loading plugins: {From}")]
    internal static partial void Loading(ILogger logger, string from);
}
