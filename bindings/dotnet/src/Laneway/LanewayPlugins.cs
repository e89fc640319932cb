namespace Laneway;

using System.Text;
using Laneway.Internal;
using Laneway.Native;

/// <summary>What says which resources there are and what their documents say about themselves: WebAssembly components,
/// which may be replaced while upserts run. Clients that use the set keep it when it is disposed.</summary>
public sealed class LanewayPlugins : IDisposable
{
    private LanewayPlugins(ulong handle) => Handle = handle;

    /// <summary>Lets go of a set that nobody disposed.</summary>
    ~LanewayPlugins() => Destroy();

    /// <summary>How often plugins have been published, the first load included.</summary>
    public unsafe long Generation
    {
        get
        {
            ulong generation;
            NativeError error = NativeCalls.NewError();
            NativeCalls.Check(NativeMethods.PluginsGetGeneration(Handle, &generation, &error), in error);
            return (long)generation;
        }
    }

    internal ulong Handle { get; }

    /// <summary>Compiles ApiSchema files, the core's and its extensions' together. Takes seconds of CPU time.</summary>
    /// <param name="schemas">The files' contents, by the names that messages use.</param>
    /// <param name="options">Who must vouch for them, where their code is kept; <c>null</c>: nobody, nowhere.</param>
    /// <exception cref="LanewayException">A schema cannot be used; the message names it.</exception>
    public static Task<LanewayPlugins> FromSchemasAsync(
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>> schemas, LanewayPluginsOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(schemas);
        return Task.Run(() => Load(schemas, options, compile: true));
    }

    /// <summary>Loads components. Takes seconds of CPU time.</summary>
    /// <param name="components">The components, by the names that messages use.</param>
    /// <param name="options">Who must vouch for them, where their code is kept; <c>null</c>: nobody, nowhere.</param>
    /// <exception cref="LanewayException">A component cannot be used; the message names it.</exception>
    public static Task<LanewayPlugins> FromComponentsAsync(
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>> components, LanewayPluginsOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(components);
        return Task.Run(() => Load(components, options, compile: false));
    }

    /// <summary>Loads a folder that <c>laneway plugin compile</c> wrote. Takes seconds of CPU time.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">Who must vouch for them, where their code is kept; <c>null</c>: nobody, nowhere.</param>
    /// <exception cref="LanewayException">The folder is not whole, or a component cannot be used.</exception>
    /// <exception cref="ArgumentException">An option cannot be used; the message says why.</exception>
    public static Task<LanewayPlugins> FromFolderAsync(string folder, LanewayPluginsOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return Task.Run(() => LoadFolder(folder, options));
    }

    /// <summary>Replaces plugins by those of a folder, all at once, while upserts run; upserts accepted before end with
    /// the plugins of their time.</summary>
    /// <param name="folder">A folder that <c>laneway plugin compile</c> wrote.</param>
    /// <returns>The new generation's number.</returns>
    /// <exception cref="LanewayException">The folder cannot be used; then nothing has changed.</exception>
    public Task<long> PublishFolderAsync(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return Task.Run(() => PublishFolder(folder));
    }

    /// <summary>Replaces plugins by components that are in memory, all at once, while upserts run; upserts accepted before
    /// end with the plugins of their time.</summary>
    /// <param name="components">The components, by the names that messages use.</param>
    /// <returns>The new generation's number.</returns>
    /// <exception cref="LanewayException">A component cannot be used; then nothing has changed.</exception>
    public Task<long> PublishAsync(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> components)
    {
        ArgumentNullException.ThrowIfNull(components);
        return Task.Run(() => Publish(components));
    }

    /// <summary>Watches a folder, which may not be there yet, until <see cref="UnwatchAsync"/> or <see cref="Dispose"/>:
    /// whenever its <c>plugins.json</c> names a new set, the set is checked and published as all there is. What
    /// <c>laneway plugin compile</c> writes is published when it is whole. Another call ends the watch before.</summary>
    /// <param name="runtime">The runtime whose log tells what comes of it.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="pollInterval">How often the folder is looked at too, for systems that do not tell of changes;
    /// <c>null</c>: every two seconds.</param>
    public unsafe void Watch(LanewayRuntime runtime, string folder, TimeSpan? pollInterval = null)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        byte[] path = Encoding.UTF8.GetBytes(Path.GetFullPath(folder));
        uint poll = pollInterval is { } interval ? Math.Max(1, StoreCore.Milliseconds(interval)) : 0;
        NativeError error = NativeCalls.NewError();
        fixed (byte* start = path)
        {
            var text = new NativeText { Ptr = start, Len = (nuint)path.Length };
            NativeCalls.Check(NativeMethods.PluginsWatch(Handle, runtime.Core.Handle, text, poll, &error), in error);
        }

        GC.KeepAlive(this);
        GC.KeepAlive(runtime);
    }

    /// <summary>Ends the watch: when the task has ended, nothing more is published. That takes seconds where a set is
    /// being compiled.</summary>
    public Task UnwatchAsync() => Task.Run(Unwatch);

    /// <summary>Returns to a generation that is kept: its plugins are in force again, all at once and without compiling,
    /// as a new generation.</summary>
    /// <param name="generation">Which of <see cref="GetGenerations"/>.</param>
    /// <returns>The new generation's number.</returns>
    /// <exception cref="LanewayException">It is not kept any more; the message names those that are.</exception>
    public unsafe long RollBack(long generation)
    {
        ulong number;
        NativeError error = NativeCalls.NewError();
        NativeCalls.Check(
            NativeMethods.PluginsRollBack(Handle, checked((ulong)generation), &number, &error), in error);
        GC.KeepAlive(this);
        return (long)number;
    }

    /// <summary>The generations that can be returned to, the oldest first; the last is the one in force.</summary>
    public unsafe IReadOnlyList<PluginGeneration> GetGenerations()
    {
        var found = new NativeGeneration[16];
        while (true)
        {
            nuint needed;
            NativeError error = NativeCalls.NewError();
            NativeResult code;
            fixed (NativeGeneration* place = found)
            {
                code = NativeMethods.PluginsListGenerations(
                    Handle, place, (nuint)found.Length, (nuint)sizeof(NativeGeneration), &needed, &error);
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

    /// <summary>The resources that are served, as <c>project/endpoint</c>, in order.</summary>
    public unsafe IReadOnlyList<string> GetResources()
    {
        var buffer = new byte[4096];
        while (true)
        {
            nuint needed;
            NativeError error = NativeCalls.NewError();
            fixed (byte* place = buffer)
            {
                NativeResult code = NativeMethods.PluginsListResources(Handle, place, (nuint)buffer.Length, &needed, &error);
                if (code == NativeResult.Ok)
                {
                    return Encoding.UTF8.GetString(buffer, 0, (int)needed - 1)
                        .Split('\n', StringSplitOptions.RemoveEmptyEntries);
                }

                if (code != NativeResult.BufferTooSmall)
                {
                    throw NativeCalls.Exception(code, in error);
                }
            }

            buffer = new byte[(int)needed];
        }
    }

    /// <summary>Lets go of the set and ends its watch.</summary>
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
        byte[] path = Encoding.UTF8.GetBytes(Path.GetFullPath(folder));
        using var settings = new NativePluginsSettings(options);
        ulong handle;
        NativeError error = NativeCalls.NewError();
        fixed (byte* start = path)
        {
            var text = new NativeText { Ptr = start, Len = (nuint)path.Length };
            NativeCalls.Check(NativeMethods.PluginsLoadFolder(text, settings.Options, &handle, &error), in error);
        }

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
        byte[] path = Encoding.UTF8.GetBytes(Path.GetFullPath(folder));
        ulong generation;
        NativeError error = NativeCalls.NewError();
        fixed (byte* start = path)
        {
            var text = new NativeText { Ptr = start, Len = (nuint)path.Length };
            NativeCalls.Check(NativeMethods.PluginsPublishFolder(Handle, text, &generation, &error), in error);
        }

        GC.KeepAlive(this);

        return (long)generation;
    }

    // A second one does nothing.
    private unsafe void Destroy() => NativeMethods.PluginsDestroy(Handle, null);
}
