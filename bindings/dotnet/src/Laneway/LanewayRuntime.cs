namespace Laneway;

using Laneway.Internal;
using Laneway.Native;

/// <summary>Options of a runtime.</summary>
public sealed record LanewayRuntimeOptions
{
    /// <summary>The number of native I/O threads, 1 to 256; <c>null</c>: the native library's default.</summary>
    public int? WorkerThreads { get; init; }

    /// <summary>The most completions that a thread of the pool takes at once, to run their continuations one after another.
    /// A continuation that blocks delays those behind it in the chunk by some 20 ms, and later completions by about 1 ms.
    /// With 1, none are behind it; 4,096 at most.</summary>
    public int CompletionChunkSize { get; init; } = 32;

    /// <summary>The least severe log entries that the native library writes.</summary>
    public LanewayLogLevel LogLevel { get; init; } = LanewayLogLevel.Information;

    /// <summary>Receives the native library's log entries, one at a time, on threads of the pool. While a call blocks, later
    /// entries wait; if they become too many, the oldest are lost, and an entry says how many. What a call throws is ignored.
    /// </summary>
    public Action<LanewayLogEntry>? Log { get; init; }

    internal void Check() => new Bounds()
        .Number(nameof(WorkerThreads), WorkerThreads, 1, 256)
        .Number(nameof(CompletionChunkSize), CompletionChunkSize, 1, 4096)
        .Named(nameof(LogLevel), LogLevel)
        .Check();
}

/// <summary>Native threads and a queue of completions, shared by any number of clients.</summary>
public sealed class LanewayRuntime : IAsyncDisposable
{
    private static readonly TimeSpan DrainTimeoutDefault = TimeSpan.FromSeconds(30);

    /// <summary>Starts a runtime.</summary>
    /// <param name="options">The options; <c>null</c>: the defaults.</param>
    /// <exception cref="LanewayLibraryException">The native library is missing or of another version.</exception>
    /// <exception cref="ArgumentException">Options are out of range; the message names each of them.</exception>
    /// <exception cref="LanewayException">The system refused threads or other resources.</exception>
    public unsafe LanewayRuntime(LanewayRuntimeOptions? options = null)
    {
        options ??= new LanewayRuntimeOptions();
        options.Check();
        NativeLibraryLoader.Ensure();
        NativeError error = NativeCalls.NewError();
        var native = new NativeRuntimeOptions { StructSize = (uint)sizeof(NativeRuntimeOptions) };
        NativeCalls.Check(NativeMethods.RuntimeOptionsDefault(&native, &error), in error);
        native.WorkerThreads = (uint?)options.WorkerThreads ?? native.WorkerThreads;
        native.LogLevel = options.Log is null ? 0 : (uint)options.LogLevel;
        ulong handle;
        NativeCalls.Check(NativeMethods.RuntimeCreate(&native, &handle, &error), in error);
        Core = new RuntimeCore(handle, options.CompletionChunkSize, options.Log);
    }

    /// <summary>Releases a runtime that was never disposed. Pending upserts end as closed.</summary>
    ~LanewayRuntime()
    {
        if (Core is { } core)
        {
            unsafe
            {
                NativeMethods.RuntimeAbandon(core.Handle, null);
            }
        }
    }

    internal RuntimeCore Core { get; }

    /// <summary>Opens a client of a store: connects, and checks tables and permissions. Stores of one runtime do not affect
    /// each other.</summary>
    /// <param name="options">The store and its options.</param>
    /// <param name="cancellationToken">Ends the waiting at once. The attempt itself goes on in the background, for as long
    /// as the database takes to answer; a client that it still opens is closed right away.</param>
    /// <exception cref="LanewayException">The store cannot be opened; the message says why and what to do.</exception>
    /// <exception cref="ArgumentException">An option is invalid; the message names it.</exception>
    /// <exception cref="OperationCanceledException">The waiting was cancelled.</exception>
    public Task<LanewayClient> OpenAsync(LanewayStoreOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        return WaitOrCloseAsync(Observed(Task.Run(() => Open(options), cancellationToken)), cancellationToken);
    }

    /// <summary>Creates a store's tables in a database, or completes them. Does nothing if they are there.</summary>
    /// <param name="connectionString">The database, as in <see cref="LanewayStoreOptions.ConnectionString"/>.</param>
    /// <param name="cancellationToken">Ends the waiting at once. The deployment itself goes on in the background and
    /// succeeds or fails as a whole.</param>
    /// <exception cref="LanewayException">The tables cannot be created; the message says why and what to do.</exception>
    /// <exception cref="OperationCanceledException">The waiting was cancelled.</exception>
    public Task DeployAsync(string connectionString, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        return Observed(Task.Run(() => Deploy(connectionString), cancellationToken)).WaitAsync(cancellationToken);
    }

    /// <summary>Opens a client of an echo, for a host's tests: it needs neither a database nor plugins. Each upsert ends
    /// with the outcome that its endpoint names, such as <c>invalid_references</c>.</summary>
    /// <param name="limits">The limits; <c>null</c>: the defaults.</param>
    /// <exception cref="ArgumentException">A limit is out of range; the message names it.</exception>
    public unsafe LanewayClient OpenEcho(LanewayLimits? limits = null)
    {
        NativeError error = NativeCalls.NewError();
        NativeLimits native = (limits ?? new LanewayLimits()).ToNative();
        ulong store;
        NativeCalls.Check(NativeMethods.StoreOpenEcho(Core.Handle, &native, &store, &error), in error);
        return new LanewayClient(this, store, limits ?? new LanewayLimits());
    }

    /// <summary>Closes the runtime, as <see cref="CloseAsync"/> does, with a drain timeout of 30 seconds.</summary>
    public ValueTask DisposeAsync()
    {
        // A runtime that is closing ends by itself.
        GC.SuppressFinalize(this);
        return CloseAsync(DrainTimeoutDefault);
    }

    /// <summary>Closes the runtime and its clients. May be called again with another timeout.</summary>
    /// <param name="drainTimeout">How long accepted upserts may take to end; those left then end as
    /// <see cref="UpsertOutcome.Closed"/>.</param>
    public unsafe ValueTask CloseAsync(TimeSpan drainTimeout)
    {
        // A runtime that is closed already needs no closing: the result does not matter.
        NativeMethods.RuntimeClose(Core.Handle, StoreCore.Milliseconds(drainTimeout), null);
        // The task itself: one that waited for it would need a thread of the pool, all of which may block on closes.
        return new ValueTask(Core.Closed);
    }

    /// <summary>Waits for a client that is being opened. Cancelled, it closes the client when it is open.</summary>
    internal static async Task<LanewayClient> WaitOrCloseAsync(
        Task<LanewayClient> opening, CancellationToken cancellationToken)
    {
        try
        {
            return await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Also one that was opened at the very moment of the cancellation: its caller never sees it.
            _ = opening.ContinueWith(
                static opened => opened.Result.DisposeAsync().AsTask(), CancellationToken.None,
                TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw;
        }
    }

    /// <summary>A task whose failure is not reported as unobserved if its caller has stopped waiting.</summary>
    private static T Observed<T>(T task)
        where T : Task
    {
        _ = task.ContinueWith(
            static failed => failed.Exception, CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return task;
    }

    private unsafe LanewayClient Open(LanewayStoreOptions options)
    {
        using var text = new NativeString(options.ConnectionString);
        NativeLimits limits = options.Limits.ToNative(options.ConnectionsMax);
        NativeStoreOptions native = DefaultOptions(text);
        native.Plugins = options.Plugins?.Handle ?? 0;
        native.Limits = &limits;
        native.ConnectionsMax = (uint?)options.ConnectionsMax ?? native.ConnectionsMax;
        native.Coercion = (uint)options.Coercion;
        native.Isolation = (uint)options.Isolation;
        ulong store;
        NativeError error = NativeCalls.NewError();
        NativeCalls.Check(NativeMethods.StoreOpen(Core.Handle, &native, &store, &error), in error);
        // Keeps the plugins from being finalized during the call.
        GC.KeepAlive(options);
        return new LanewayClient(this, store, options.Limits, options.ConnectionsMax);
    }

    private unsafe void Deploy(string connectionString)
    {
        using var text = new NativeString(connectionString);
        NativeStoreOptions native = DefaultOptions(text);
        NativeError error = NativeCalls.NewError();
        NativeCalls.Check(NativeMethods.StoreDeploy(Core.Handle, &native, &error), in error);
        GC.KeepAlive(this);
    }

    internal static unsafe NativeStoreOptions DefaultOptions(NativeString database)
    {
        var native = new NativeStoreOptions { StructSize = (uint)sizeof(NativeStoreOptions) };
        NativeError error = NativeCalls.NewError();
        NativeCalls.Check(NativeMethods.StoreOptionsDefault(&native, &error), in error);
        native.Database = database.Text;
        return native;
    }
}
