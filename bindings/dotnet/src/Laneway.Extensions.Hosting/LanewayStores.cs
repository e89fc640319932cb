namespace Laneway.Extensions.Hosting;

using System.Collections.Concurrent;
using Laneway.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

/// <summary>The host's runtime and its stores, by name. They are open when the host has started, unless
/// <see cref="LanewayOptions.WaitForStores"/> is off; more can be opened while it runs.</summary>
public sealed partial class LanewayStores : IAsyncDisposable, IDisposable
{
    // What comes after a drain that was cut short: only what is at the database at that moment, which has timeouts there.
    private static readonly TimeSpan AbortTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryFirst = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryMax = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, HostedStore> stores = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource stopping = new();
    private readonly IOptions<LanewayOptions> configured;
    private readonly IStoreOpener opener;
    private readonly ILoggerFactory loggers;
    private readonly ILogger logger;
    private readonly TimeProvider time;
    private LanewayOptions? options;
    private int stopped;
    private LanewayRuntime? runtime;
    private LanewayPlugins? plugins;
    private LogForwarder? logs;

    internal LanewayStores(
        IOptions<LanewayOptions> configured, IStoreOpener opener, ILoggerFactory loggers, TimeProvider time)
    {
        this.configured = configured;
        this.opener = opener;
        this.loggers = loggers;
        this.time = time;
        logger = loggers.CreateLogger<LanewayStores>();
    }

    /// <summary>What says which resources there are; publish to it to replace them while the host runs.</summary>
    /// <exception cref="InvalidOperationException">The host has not started, or is configured without plugins.</exception>
    public LanewayPlugins Plugins => plugins ?? throw (IsStarted && !IsStopping
        ? new InvalidOperationException("Laneway has no plugins: set PluginFolder or Schemas.")
        : NotStarted());

    /// <summary>The stores' names, in order, those that could not be opened included.</summary>
    public IReadOnlyList<string> Names => [.. stores.Keys.Order(StringComparer.Ordinal)];

    internal LanewayPlugins? PluginsIfLoaded => plugins;

    internal IEnumerable<HostedStore> All => stores.Values.OrderBy(store => store.Name, StringComparer.Ordinal);

    internal bool IsStarted { get; private set; }

    internal bool IsStopping => Volatile.Read(ref stopped) == 1;

    internal long LogsDropped => logs?.Dropped ?? 0;

    /// <summary>The client of a store.</summary>
    /// <param name="name">Which; the one that <see cref="LanewayOptions.ConnectionString"/> names by default.</param>
    /// <exception cref="KeyNotFoundException">There is none of that name.</exception>
    /// <exception cref="LanewayException">It could not be opened (yet); the message says why.</exception>
    public LanewayClient Get(string name = LanewayOptions.DefaultStore)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!stores.TryGetValue(name, out HostedStore? store))
        {
            throw IsStarted
                ? new KeyNotFoundException($"Laneway has no store named {name}; it has: {string.Join(", ", Names)}.")
                : NotStarted();
        }

        return store.Client
            ?? throw new LanewayException($"The store {name} is not open. {store.Problem ?? "It is being opened."}");
    }

    /// <summary>Opens another store.</summary>
    /// <param name="name">Its name, which no other has.</param>
    /// <param name="connectionString">Its database.</param>
    /// <returns>Its client. <see cref="CloseAsync"/> closes it, or the host's end.</returns>
    /// <exception cref="LanewayException">It cannot be opened; the message says why and what to do.</exception>
    /// <exception cref="ArgumentException">There is one of that name.</exception>
    public async Task<LanewayClient> OpenAsync(string name, string connectionString)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (runtime is null || IsStopping)
        {
            throw NotStarted();
        }

        var store = new HostedStore(name, connectionString);
        if (!stores.TryAdd(name, store))
        {
            throw new ArgumentException($"There is a store named {name} already.", nameof(name));
        }

        try
        {
            return await OpenAsync(store).ConfigureAwait(false);
        }
        catch
        {
            stores.TryRemove(KeyValuePair.Create(name, store));
            throw;
        }
    }

    /// <summary>Closes a store; others go on.</summary>
    /// <param name="name">Which. One that is not there is closed.</param>
    /// <param name="drainTimeout">How long what was accepted may go on.</param>
    public async Task CloseAsync(string name, TimeSpan drainTimeout)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (stores.TryRemove(name, out HostedStore? store) && store.Remove() is { } client)
        {
            await client.CloseAsync(drainTimeout).ConfigureAwait(false);
        }
    }

    /// <summary>Closes what a host that did not stop in order left open.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        stopping.Dispose();
    }

    /// <summary>Begins to close what a host that did not stop in order left open, without waiting for its end.</summary>
    public void Dispose()
    {
        if (runtime is { } left)
        {
            Abort(left);
        }

        stopping.Dispose();
    }

    internal async Task StartAsync(CancellationToken cancellation)
    {
        options = configured.Value;
        logs = new LogForwarder(loggers);
        runtime = new LanewayRuntime(new LanewayRuntimeOptions
        {
            WorkerThreads = options.WorkerThreads,
            LogLevel = LogForwarder.Native(options.LogLevel),
            Log = logs.Add,
        });
        try
        {
            plugins = await opener.LoadPluginsAsync(options).WaitAsync(cancellation).ConfigureAwait(false);
            if (options.WatchPluginFolder)
            {
                plugins?.Watch(runtime, options.PluginFolder!);
            }

            foreach ((string name, string connectionString) in options.AllStores())
            {
                stores[name] = new HostedStore(name, connectionString);
            }

            Task[] opening = [.. stores.Values.Select(store => options.WaitForStores ? OpenAsync(store) : KeepOpening(store))];
            if (options.WaitForStores)
            {
                await Task.WhenAll(opening).WaitAsync(cancellation).ConfigureAwait(false);
            }
        }
        catch
        {
            await StopAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        IsStarted = true;
    }

    /// <summary>Lets what was accepted end, within its time and the host's. A second one does nothing.</summary>
    internal async Task StopAsync(CancellationToken cancellation)
    {
        if (Interlocked.Exchange(ref stopped, 1) == 1)
        {
            return;
        }

        await stopping.CancelAsync().ConfigureAwait(false);
        if (runtime is { } closing)
        {
            TimeSpan drain = cancellation.IsCancellationRequested ? TimeSpan.Zero : options!.DrainTimeout;
            Task closed = closing.CloseAsync(drain).AsTask();
            await using (cancellation.UnsafeRegister(static runtime => Abort((LanewayRuntime)runtime!), closing))
            {
                try
                {
                    await closed.WaitAsync(drain + AbortTimeout, time, cancellation).ConfigureAwait(false);
                }
                catch (OperationCanceledException)
                {
                    CutShort(logger);
                    await closed.WaitAsync(AbortTimeout, time, CancellationToken.None)
                        .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
                catch (TimeoutException)
                {
                    Stuck(logger, drain + AbortTimeout);
                }
            }
        }

        plugins?.Dispose();
        if (logs is not null)
        {
            await logs.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Takes over what may change while upserts run.</summary>
    internal void Apply(LanewayOptions changed)
    {
        LanewayLimits limits = changed.Limits.ToLimits(changed.Batching);
        options = changed;
        foreach (HostedStore store in All)
        {
            try
            {
                store.Client?.SetLimits(limits);
            }
            catch (ObjectDisposedException)
            {
                // Closed meanwhile.
            }
        }

        Applied(logger, changed.Batching);
    }

    private static void Abort(LanewayRuntime runtime) => _ = runtime.CloseAsync(TimeSpan.Zero).AsTask();

    private async Task<LanewayClient> OpenAsync(HostedStore store)
    {
        try
        {
            LanewayClient client = await opener.OpenAsync(runtime!, plugins, store.ConnectionString, options!)
                .ConfigureAwait(false);
            if (!store.Put(client))
            {
                await client.CloseAsync(TimeSpan.Zero).ConfigureAwait(false);
                throw new ObjectDisposedException(store.Name, "The store was closed while it was being opened.");
            }

            return client;
        }
        catch (Exception exception) when (exception is LanewayException or ArgumentException or ObjectDisposedException)
        {
            store.Problem = exception.Message;
            throw;
        }
    }

    /// <summary>Opens a store, and tries again until it is open, removed, or the host stops.</summary>
    private async Task KeepOpening(HostedStore store)
    {
        TimeSpan delay = RetryFirst;
        while (!IsStopping && !store.IsRemoved)
        {
            try
            {
                await OpenAsync(store).ConfigureAwait(false);
                return;
            }
            catch (Exception exception) when (exception is LanewayException or ArgumentException or ObjectDisposedException)
            {
                NotOpened(logger, store.Name, delay, exception.Message);
            }

            await Task.Delay(delay, time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            delay = delay * 2 < RetryMax ? delay * 2 : RetryMax;
        }
    }

    private InvalidOperationException NotStarted() => new(
        IsStopping ? "Laneway is closed: the host is stopping." : "Laneway is not open yet: the host has not started.");

    [LoggerMessage(1, LogLevel.Warning, "The store {Store} is not open; tried again in {Delay}. {Reason}")]
    private static partial void NotOpened(ILogger logger, string store, TimeSpan delay, string reason);

    [LoggerMessage(2, LogLevel.Warning, "The host's time to shut down is over: upserts that are not written end as closed")]
    private static partial void CutShort(ILogger logger);

    [LoggerMessage(3, LogLevel.Error, "Laneway did not close within {Timeout}; the host goes on without it")]
    private static partial void Stuck(ILogger logger, TimeSpan timeout);

    [LoggerMessage(4, LogLevel.Information, "The changed limits are in force; batching: {Batching}")]
    private static partial void Applied(ILogger logger, bool batching);
}
