namespace Laneway;

using System.Text;
using Laneway.Internal;
using Laneway.Native;

/// <summary>Plugins: WebAssembly components that define the resources and extract their documents. They can be replaced while
/// upserts run. Clients that use them keep them when this object is disposed of. Safe for concurrent use.</summary>
public sealed class LanewayPlugins : IDisposable
{
    private LanewayPlugins(ulong handle) => Handle = handle;

    /// <summary>Releases plugins that were never disposed of.</summary>
    ~LanewayPlugins() => Destroy();

    /// <summary>The number of the generation in force: how often plugins have been published, including the first load.
    /// </summary>
    public unsafe long Generation
    {
        get
        {
            ulong generation;
            NativeError error = NativeCalls.NewError();
            NativeCalls.Check(NativeMethods.PluginsGetGeneration(Handle, &generation, &error), in error);
            GC.KeepAlive(this);
            return (long)generation;
        }
    }

    internal ulong Handle { get; }

    /// <summary>Compiles ApiSchema files: that of the core together with those of its extensions. Takes seconds of CPU time.
    /// </summary>
    /// <param name="schemas">The files' contents, by a name for messages.</param>
    /// <param name="options">Trust and cache; <c>null</c>: all components are trusted, and there is no cache.</param>
    /// <exception cref="LanewayException">A schema is invalid; the message names it.</exception>
    /// <exception cref="ArgumentException">An option is invalid; the message says why.</exception>
    public static Task<LanewayPlugins> FromSchemasAsync(
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>> schemas, LanewayPluginsOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(schemas);
        return Task.Run(() => Load(schemas, options, compile: true));
    }

    /// <summary>Loads components. Takes seconds of CPU time.</summary>
    /// <param name="components">The components, by a name for messages.</param>
    /// <param name="options">Trust and cache; <c>null</c>: all components are trusted, and there is no cache.</param>
    /// <exception cref="LanewayException">A component is invalid or not trusted; the message names it.</exception>
    /// <exception cref="ArgumentException">An option is invalid; the message says why.</exception>
    public static Task<LanewayPlugins> FromComponentsAsync(
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>> components, LanewayPluginsOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(components);
        return Task.Run(() => Load(components, options, compile: false));
    }

    /// <summary>Loads a folder that was written by <c>laneway plugin compile</c>. Takes seconds of CPU time.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">Trust and cache; <c>null</c>: all components are trusted, and there is no cache.</param>
    /// <exception cref="LanewayException">The folder is incomplete, or a component is invalid or not trusted.</exception>
    /// <exception cref="ArgumentException">An option is invalid; the message says why.</exception>
    public static Task<LanewayPlugins> FromFolderAsync(string folder, LanewayPluginsOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return Task.Run(() => LoadFolder(folder, options));
    }

    /// <summary>Replaces the plugins of a folder's resources, atomically, while upserts run. Upserts accepted before still
    /// use the previous plugins.</summary>
    /// <param name="folder">A folder that was written by <c>laneway plugin compile</c>.</param>
    /// <returns>The new generation's number.</returns>
    /// <exception cref="LanewayException">The folder is incomplete, or a component is invalid or not trusted. Nothing has
    /// changed.</exception>
    public Task<long> PublishFolderAsync(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return Task.Run(() => PublishFolder(folder));
    }

    /// <summary>Replaces the plugins of the given components' resources, atomically, while upserts run. Upserts accepted
    /// before still use the previous plugins.</summary>
    /// <param name="components">The components, by a name for messages.</param>
    /// <returns>The new generation's number.</returns>
    /// <exception cref="LanewayException">A component is invalid or not trusted. Nothing has changed.</exception>
    public Task<long> PublishAsync(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> components)
    {
        ArgumentNullException.ThrowIfNull(components);
        return Task.Run(() => Publish(components));
    }

    /// <summary>Watches a folder until <see cref="UnwatchAsync"/> or <see cref="Dispose"/>. Whenever its
    /// <c>plugins.json</c> names a new set of plugins, the set is checked and replaces all plugins. A set that
    /// <c>laneway plugin compile</c> writes is published once it is complete. The folder need not exist yet. Another call
    /// replaces the watch.</summary>
    /// <param name="runtime">The runtime in whose log the results appear.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="pollInterval">How often the folder is polled as well, for file systems that do not report changes;
    /// <c>null</c>: every two seconds.</param>
    /// <exception cref="ArgumentOutOfRangeException">The poll interval is less than a millisecond, or more than a day.
    /// </exception>
    public unsafe void Watch(LanewayRuntime runtime, string folder, TimeSpan? pollInterval = null)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (pollInterval is { Ticks: < TimeSpan.TicksPerMillisecond or > TimeSpan.TicksPerDay })
        {
            throw new ArgumentOutOfRangeException(
                nameof(pollInterval), pollInterval, "The poll interval is at least a millisecond and at most a day.");
        }

        using var path = new NativeString(Path.GetFullPath(folder));
        uint poll = pollInterval is { } interval ? StoreCore.Milliseconds(interval) : 0;
        NativeError error = NativeCalls.NewError();
        NativeCalls.Check(NativeMethods.PluginsWatch(Handle, runtime.Core.Handle, path.Text, poll, &error), in error);
        GC.KeepAlive(this);
        GC.KeepAlive(runtime);
    }

    /// <summary>Ends the watch. When the task has completed, nothing more is published; this takes seconds if a set is being
    /// compiled.</summary>
    public Task UnwatchAsync() => Task.Run(Unwatch);

    /// <summary>Rolls back to an earlier generation: its plugins are put in force again as a new generation, atomically and
    /// without compiling.</summary>
    /// <param name="generation">The number of one of <see cref="GetGenerations"/>.</param>
    /// <returns>The new generation's number.</returns>
    /// <exception cref="LanewayException">The generation is no longer kept; the message names those that are.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public unsafe long RollBack(long generation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(generation);
        ulong number;
        NativeError error = NativeCalls.NewError();
        NativeCalls.Check(
            NativeMethods.PluginsRollBack(Handle, (ulong)generation, &number, &error), in error);
        GC.KeepAlive(this);
        return (long)number;
    }

    /// <summary>The generations that are kept, oldest first; the last is the one in force.</summary>
    public unsafe IReadOnlyList<PluginGeneration> GetGenerations()
    {
        var found = new NativeGeneration[16];
        while (true)
        {
            nuint needed;
            NativeError error = NativeCalls.NewError();
            NativeResult code;
            fixed (NativeGeneration* buffer = found)
            {
                code = NativeMethods.PluginsListGenerations(
                    Handle, buffer, (nuint)found.Length, (nuint)sizeof(NativeGeneration), &needed, &error);
            }

            if (code != NativeResult.BufferTooSmall)
            {
                NativeCalls.Check(code, in error);
                GC.KeepAlive(this);
                return [.. found.Take((int)needed).Select(Read)];
            }

            found = new NativeGeneration[(int)needed];
        }
    }

    /// <summary>The resources that the plugins serve, as <c>project/endpoint</c>, sorted.</summary>
    public unsafe IReadOnlyList<string> GetResources()
    {
        string lines = FilledText.Read(
            4096, (buffer, size, needed, error) => NativeMethods.PluginsListResources(Handle, buffer, size, needed, error));
        GC.KeepAlive(this);
        return lines.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Releases the plugins and ends the watch.</summary>
    public void Dispose()
    {
        Destroy();
        GC.SuppressFinalize(this);
    }

    private unsafe void Unwatch()
    {
        NativeError error = NativeCalls.NewError();
        NativeCalls.Check(NativeMethods.PluginsUnwatch(Handle, &error), in error);
        GC.KeepAlive(this);
    }

    private static unsafe LanewayPlugins Load(
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>> contents, LanewayPluginsOptions? options, bool compile)
    {
        NativeLibraryLoader.Ensure();
        using var named = new NamedContents(contents);
        using var settings = new NativePluginsSettings(options);
        ulong handle;
        NativeError error = NativeCalls.NewError();
        NativeResult code = compile
            ? NativeMethods.PluginsLoadSchemas(
                named.Names, named.Contents, named.Count, settings.Options, &handle, &error)
            : NativeMethods.PluginsLoad(named.Names, named.Contents, named.Count, settings.Options, &handle, &error);
        NativeCalls.Check(code, in error);
        return new LanewayPlugins(handle);
    }

    private static unsafe LanewayPlugins LoadFolder(string folder, LanewayPluginsOptions? options)
    {
        NativeLibraryLoader.Ensure();
        using var path = new NativeString(Path.GetFullPath(folder));
        using var settings = new NativePluginsSettings(options);
        ulong handle;
        NativeError error = NativeCalls.NewError();
        NativeCalls.Check(NativeMethods.PluginsLoadFolder(path.Text, settings.Options, &handle, &error), in error);
        return new LanewayPlugins(handle);
    }

    private static PluginGeneration Read(NativeGeneration one) => new(
        (long)one.Number,
        one.InForce != 0,
        one.ReturnTo == 0 ? null : (long)one.ReturnTo,
        DateTimeOffset.UnixEpoch.AddMicroseconds(one.PublishedAtUs),
        (int)one.Plugins,
        (int)one.Resources);

    private unsafe long Publish(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> components)
    {
        using var named = new NamedContents(components);
        ulong generation;
        NativeError error = NativeCalls.NewError();
        NativeCalls.Check(
            NativeMethods.PluginsPublish(Handle, named.Names, named.Contents, named.Count, &generation, &error),
            in error);
        GC.KeepAlive(this);
        return (long)generation;
    }

    private unsafe long PublishFolder(string folder)
    {
        using var path = new NativeString(Path.GetFullPath(folder));
        ulong generation;
        NativeError error = NativeCalls.NewError();
        NativeCalls.Check(NativeMethods.PluginsPublishFolder(Handle, path.Text, &generation, &error), in error);
        GC.KeepAlive(this);
        return (long)generation;
    }

    // A second call does nothing.
    private unsafe void Destroy() => NativeMethods.PluginsDestroy(Handle, null);
}
