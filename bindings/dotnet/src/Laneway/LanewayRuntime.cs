namespace Laneway;

using System.Text;
using Laneway.Internal;
using Laneway.Native;

/// <summary>How a runtime is started.</summary>
public sealed record LanewayRuntimeOptions
{
    /// <summary>How many native threads move data; <c>null</c>: the native library's default.</summary>
    public int? WorkerThreads { get; init; }

    /// <summary>How many completions a thread of the pool takes at most, to hand them out one after another. A continuation
    /// that blocks delays those behind it by some hundredths of a second, and what came later by about a millisecond;
    /// 1: there are none behind it.</summary>
    public int CompletionChunkSize { get; init; } = 32;

    /// <summary>What the native library is to say.</summary>
    public LanewayLogLevel LogLevel { get; init; } = LanewayLogLevel.Information;

    /// <summary>Called with what it says, by one thread, which completions may have to wait for
    /// meanwhile.</summary>
    public Action<LanewayLogEntry>? Log { get; init; }
}

/// <summary>Native threads and one queue of completions, which any number of clients share.</summary>
public sealed class LanewayRuntime : IAsyncDisposable
{
    private static readonly TimeSpan DrainTimeoutDefault = TimeSpan.FromSeconds(30);

    /// <summary>Starts a runtime.</summary>
    /// <param name="options">How; <c>null</c>: the defaults.</param>
    /// <exception cref="LanewayLibraryException">The native library is missing or of another version.</exception>
    public unsafe LanewayRuntime(LanewayRuntimeOptions? options = null)
    {
        options ??= new LanewayRuntimeOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.CompletionChunkSize, nameof(options));
        NativeLibraryLoader.Ensure();
        NativeError error = NativeCalls.NewError();
        var native = new NativeRuntimeOptions { StructSize = (uint)sizeof(NativeRuntimeOptions) };
        NativeCalls.Check(NativeMethods.RuntimeOptionsDefault(&native, &error), in error);
        native.WorkerThreads = options.WorkerThreads is { } threads ? checked((uint)threads) : native.WorkerThreads;
        native.LogLevel = options.Log is null ? 0 : (uint)options.LogLevel;
        ulong handle;
        NativeCalls.Check(NativeMethods.RuntimeCreate(&native, &handle, &error), in error);
        Core = new RuntimeCore(handle, options.CompletionChunkSize, options.Log);
    }

    /// <summary>Lets go of a runtime that nobody disposed: what is pending completes as closed.</summary>
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

    /// <summary>Opens a client of a store: connects, checks tables and rights. What happens to one store of a runtime does
    /// not touch another.</summary>
    /// <param name="options">Which, and how.</param>
    /// <exception cref="LanewayException">The store cannot be opened; the message says why and what to do.</exception>
    public Task<LanewayClient> OpenAsync(LanewayStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string database = ConnectionString.ToLibpq(options.ConnectionString);
        // The native call blocks while the server works.
        return Task.Run(() => Open(options, database));
    }

    /// <summary>Makes a database a store, if it is none.</summary>
    /// <param name="connectionString">The database, as for a store's options.</param>
    /// <exception cref="LanewayException">It cannot be made one; the message says why and what to do.</exception>
    public Task DeployAsync(string connectionString)
    {
        string database = ConnectionString.ToLibpq(connectionString);
        return Task.Run(() => Deploy(database));
    }

    /// <summary>Opens a client of a loopback: no database, no plugins. The endpoint of an upsert names its outcome.
    /// For tests of a host.</summary>
    /// <param name="limits">The bounds; <c>null</c>: the defaults.</param>
    public unsafe LanewayClient OpenEcho(LanewayLimits? limits = null)
    {
        NativeError error = NativeCalls.NewError();
        NativeLimits native = (limits ?? new LanewayLimits()).ToNative();
        ulong store;
        NativeCalls.Check(NativeMethods.StoreOpenEcho(Core.Handle, &native, &store, &error), in error);
        return new LanewayClient(this, store, limits ?? new LanewayLimits());
    }

    /// <summary>Closes the runtime and its clients: what was accepted may go on for half a minute.</summary>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync(DrainTimeoutDefault).ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the runtime and its clients. May be called again, with another timeout.</summary>
    /// <param name="drainTimeout">How long what was accepted may go on; what is left then completes as closed.</param>
    public async ValueTask CloseAsync(TimeSpan drainTimeout)
    {
        unsafe
        {
            // One that is closed and gone already is what was asked for.
            NativeMethods.RuntimeClose(Core.Handle, StoreCore.Milliseconds(drainTimeout), null);
        }

        await Core.Closed.ConfigureAwait(false);
    }

    private unsafe LanewayClient Open(LanewayStoreOptions options, string database)
    {
        byte[] text = Encoding.UTF8.GetBytes(database);
        NativeLimits limits = options.Limits.ToNative();
        NativeStoreOptions native = DefaultOptions();
        ulong store;
        NativeError error = NativeCalls.NewError();
        fixed (byte* start = text)
        {
            native.Database = new NativeText { Ptr = start, Len = (nuint)text.Length };
            native.Plugins = options.Plugins?.Handle ?? 0;
            native.Limits = &limits;
            native.ConnectionsMax = options.ConnectionsMax is { } max ? checked((uint)max) : native.ConnectionsMax;
            NativeCalls.Check(NativeMethods.StoreOpen(Core.Handle, &native, &store, &error), in error);
        }

        // Its finalizer would have taken the plugins away meanwhile.
        GC.KeepAlive(options);
        return new LanewayClient(this, store, options.Limits);
    }

    private unsafe void Deploy(string database)
    {
        byte[] text = Encoding.UTF8.GetBytes(database);
        NativeStoreOptions native = DefaultOptions();
        NativeError error = NativeCalls.NewError();
        fixed (byte* start = text)
        {
            native.Database = new NativeText { Ptr = start, Len = (nuint)text.Length };
            NativeCalls.Check(NativeMethods.StoreDeploy(Core.Handle, &native, &error), in error);
        }

        GC.KeepAlive(this);
    }

    private static unsafe NativeStoreOptions DefaultOptions()
    {
        var native = new NativeStoreOptions { StructSize = (uint)sizeof(NativeStoreOptions) };
        NativeError error = NativeCalls.NewError();
        NativeCalls.Check(NativeMethods.StoreOptionsDefault(&native, &error), in error);
        return native;
    }
}
