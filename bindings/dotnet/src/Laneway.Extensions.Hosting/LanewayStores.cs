namespace Laneway.Extensions.Hosting;

using System.Collections.Concurrent;
using Laneway.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

/// <summary>The host's stores, by name, in one runtime. When the host has started they are open, unless
/// <see cref="LanewayOptions.WaitForStores"/> is off. More can be opened while it runs.</summary>
public sealed class LanewayStores : IAsyncDisposable, IDisposable
{
    // The time for closing after a drain that was cut short: only flushes that are at the database are left, and those
    // have timeouts of their own.
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

    // What is in force, and what was when the host started.
    private LanewayOptions? options;
    private LanewayOptions? started;
    private StoreMonitor? monitor;
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
        logger = new GuardedLogger(loggers.CreateLogger<LanewayStores>());
    }

    /// <summary>The plugins. Publish to replace them while the host runs.</summary>
    /// <exception cref="InvalidOperationException">The host has not started, or is configured without plugins.</exception>
    public LanewayPlugins Plugins => plugins ?? throw (IsStarted && !IsStopping
        ? new InvalidOperationException("Laneway has no plugins: set PluginFolder or Schemas.")
        : NotStarted());

    /// <summary>The names of all stores, sorted; including those that are not open.</summary>
    public IReadOnlyList<string> Names => [.. stores.Keys.Order(StringComparer.Ordinal)];

    internal LanewayPlugins? PluginsIfLoaded => plugins;

    internal IEnumerable<HostedStore> All => stores.Values.OrderBy(store => store.Name, StringComparer.Ordinal);

    internal bool IsStarted { get; private set; }

    internal bool IsStopping => Volatile.Read(ref stopped) == 1;

    internal long LogsDropped => logs?.Dropped ?? 0;

    /// <summary>The client of a store.</summary>
    /// <param name="name">The store's name; by default that of <see cref="LanewayOptions.ConnectionString"/>.</param>
    /// <exception cref="KeyNotFoundException">There is no such store.</exception>
    /// <exception cref="LanewayException">The store is not open (yet); the message says why.</exception>
    /// <exception cref="InvalidOperationException">The host has not started.</exception>
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
    /// <param name="name">A name that no other store has.</param>
    /// <param name="connectionString">The database.</param>
    /// <param name="cancellationToken">Ends the waiting at once, as <see cref="LanewayRuntime.OpenAsync"/> describes.</param>
    /// <returns>The client. It is closed by <see cref="CloseAsync"/>, or when the host stops.</returns>
    /// <exception cref="LanewayException">The store cannot be opened; the message says why and what to do.</exception>
    /// <exception cref="ArgumentException">The name is taken, or the connection string is invalid.</exception>
    /// <exception cref="InvalidOperationException">The host has not started, or is stopping.</exception>
    /// <exception cref="OperationCanceledException">The waiting was cancelled.</exception>
    public async Task<LanewayClient> OpenAsync(
        string name, string connectionString, CancellationToken cancellationToken = default)
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
            return await OpenAsync(store, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            stores.TryRemove(KeyValuePair.Create(name, store));
            throw;
        }
    }

    /// <summary>Closes a store; the others stay open.</summary>
    /// <param name="name">The store's name. If there is no such store, nothing happens.</param>
    /// <param name="drainTimeout">How long accepted upserts may take to end.</param>
    public async Task CloseAsync(string name, TimeSpan drainTimeout)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (stores.TryRemove(name, out HostedStore? store) && store.Remove() is { } client)
        {
            await client.CloseAsync(drainTimeout).ConfigureAwait(false);
        }
    }

    /// <summary>Closes what is still open if the host was disposed of without being stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        stopping.Dispose();
    }

    /// <summary>Closes what is still open if the host was disposed of without being stopped. Waits for flushes that are at
    /// the database, but not for others.</summary>
    public void Dispose()
    {
        // Off the caller's context: one that runs on this thread alone would wait for itself.
        Task.Run(async () => await DisposeAsync().ConfigureAwait(false)).GetAwaiter().GetResult();
    }

    internal async Task StartAsync(CancellationToken cancellation)
    {
        options = started = configured.Value;
        logs = new LogForwarder(loggers);
        runtime = new LanewayRuntime(new LanewayRuntimeOptions
        {
            WorkerThreads = options.WorkerThreads,
            LogLevel = LogForwarder.Native(options.LogLevel),
            Log = logs.Add,
        });
        try
        {
            if (options.PluginFolder is not null || options.Schemas.Count > 0)
            {
                HostLog.Loading(logger, options.PluginFolder ?? string.Join(", ", options.Schemas));
            }

            plugins = await opener.LoadPluginsAsync(options).WaitAsync(cancellation).ConfigureAwait(false);
            if (options.WatchPluginFolder)
            {
                plugins?.Watch(runtime, options.PluginFolder!);
            }

            foreach ((string name, string connectionString) in options.AllStores())
            {
                stores[name] = new HostedStore(name, connectionString);
            }

            Task[] opening =
                [.. stores.Values.Select(store => options.WaitForStores ? OpenAsync(store, cancellation) : KeepOpening(store))];
            if (options.WaitForStores)
            {
                await Task.WhenAll(opening).ConfigureAwait(false);
            }
        }
        catch
        {
            await StopAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        monitor = new StoreMonitor(() => All, logger, time);
        IsStarted = true;
        TellWhatIsInForce();
    }

    /// <summary>Lets accepted upserts end, within the drain timeout and the host's own. A second call does nothing.</summary>
    internal async Task StopAsync(CancellationToken cancellation)
    {
        if (Interlocked.Exchange(ref stopped, 1) == 1)
        {
            return;
        }

        monitor?.Dispose();
        await stopping.CancelAsync().ConfigureAwait(false);
        if (runtime is { } closing)
        {
            TimeSpan drain = cancellation.IsCancellationRequested ? TimeSpan.Zero : options!.DrainTimeout;
            long begin = time.GetTimestamp();
            long pending = All.Sum(store => store.Stats()?.Pending ?? 0);
            HostLog.Draining(logger, pending, drain);
            Task closed = closing.CloseAsync(drain).AsTask();
            await using (cancellation.UnsafeRegister(static runtime => Abort((LanewayRuntime)runtime!), closing))
            {
                try
                {
                    await closed.WaitAsync(drain + AbortTimeout, time, cancellation).ConfigureAwait(false);
                    TellOfTheDrain(pending, drain, time.GetElapsedTime(begin));
                }
                catch (OperationCanceledException)
                {
                    HostLog.CutShort(logger);
                    await closed.WaitAsync(AbortTimeout, time, CancellationToken.None)
                        .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
                catch (TimeoutException)
                {
                    HostLog.Stuck(logger, drain + AbortTimeout);
                }
            }
        }

        plugins?.Dispose();
        if (logs is not null)
        {
            await logs.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Applies the options that may change while upserts run, and names those that may not.</summary>
    internal void Apply(LanewayOptions changed)
    {
        LanewayOptions before = options!;
        options = before.With(changed);
        foreach (HostedStore store in All)
        {
            try
            {
                store.Client?.SetLimits(options.EffectiveLimits);
            }
            catch (ObjectDisposedException)
            {
                // Closed meanwhile.
            }
        }

        if (string.Join(", ", OptionsDifference.Changeable(before, options)) is { Length: > 0 } applied)
        {
            HostLog.Applied(logger, applied);
        }

        // Compared with the start, since none of them has changed.
        if (string.Join(", ", OptionsDifference.Fixed(started!, changed)) is { Length: > 0 } kept)
        {
            HostLog.TakesRestart(logger, kept);
        }
    }

    private static void Abort(LanewayRuntime runtime) => _ = runtime.CloseAsync(TimeSpan.Zero).AsTask();

    private async Task<LanewayClient> OpenAsync(HostedStore store, CancellationToken cancellation)
    {
        try
        {
            LanewayClient client = await opener.OpenAsync(runtime!, plugins, store.ConnectionString, options!, cancellation)
                .ConfigureAwait(false);
            HostLog.Opened(logger, store.Name);
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
                await OpenAsync(store, stopping.Token).ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception exception) when (exception is LanewayException or ArgumentException or ObjectDisposedException)
            {
                HostLog.NotOpened(logger, store.Name, delay, exception.Message);
            }

            await Task.Delay(delay, time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            delay = delay * 2 < RetryMax ? delay * 2 : RetryMax;
        }
    }

    private void TellOfTheDrain(long pending, TimeSpan timeout, TimeSpan elapsed)
    {
        if (pending > 0 && elapsed >= timeout)
        {
            HostLog.TimedOut(logger, timeout);
        }
        else
        {
            HostLog.Drained(logger, pending, elapsed);
        }
    }

    /// <summary>Writes one line about what the host has started with.</summary>
    private void TellWhatIsInForce()
    {
        LanewayOptions now = options!;
        HostLog.Started(
            logger,
            typeof(LanewayStores).Assembly.GetName().Version?.ToString(3),
            string.Join("; ", All.Select(store =>
                $"{store.Name} ({StoreAddress.Of(store.ConnectionString)}, {store.Client?.GetLayout() ?? "not open yet"})")),
            now.Batching
                ? "on"
                : $"off, so each upsert is a transaction of its own; set {nameof(LanewayOptions.Batching)} to true to switch it on",
            plugins?.GetGenerations()[^1] is { } set
                ? $"generation {set.Number} ({set.Plugins} for {set.Resources} resources)"
                : "none, so each upsert needs an extraction",
            string.Join(", ", OptionsDifference.Set(now.Limits)) is { Length: > 0 } limits ? limits : "all as by default");
    }

    private InvalidOperationException NotStarted() => new(
        IsStopping ? "Laneway is closed: the host is stopping." : "Laneway is not open yet: the host has not started.");
}
