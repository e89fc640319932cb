namespace Laneway.Tests;

using System.Buffers;
using System.Runtime.CompilerServices;
using Laneway.Internal;

/// <summary>The cells of the table of <see cref="RuntimeCore"/> that are about plugins and the memory of what they are loaded
/// from.</summary>
public sealed class PluginOwnershipTests
{
    [Fact]
    public async Task Plugins_that_were_disposed_of_throw_at_each_call_and_can_be_disposed_of_again()
    {
        await using var echo = new EchoStore();
        using var folder = new TemporaryFolder();
        LanewayPlugins plugins = await Load();
        plugins.Dispose();
        plugins.Dispose();
        Assert.Throws<ObjectDisposedException>(() => plugins.Generation);
        Assert.Throws<ObjectDisposedException>(() => plugins.GetGenerations());
        Assert.Throws<ObjectDisposedException>(() => plugins.GetResources());
        Assert.Throws<ObjectDisposedException>(() => plugins.RollBack(1));
        Assert.Throws<ObjectDisposedException>(() => plugins.Watch(echo.Runtime, folder.FullName));
        await Assert.ThrowsAsync<ObjectDisposedException>(plugins.UnwatchAsync);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => plugins.PublishFolderAsync(folder.FullName));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => plugins.PublishAsync(new Dictionary<string, ReadOnlyMemory<byte>>()));
    }

    [Fact]
    public async Task Plugins_disposed_of_by_several_threads_while_others_use_them_answer_or_throw()
    {
        for (int round = 0; round < 20; round++)
        {
            LanewayPlugins plugins = await Load();
            Parallel.For(0, 8, thread =>
            {
                try
                {
                    for (int at = 0; at < 50; at++)
                    {
                        Assert.Equal(["ed-fi/sexDescriptors"], plugins.GetResources());
                    }

                    plugins.Dispose();
                }
                catch (ObjectDisposedException)
                {
                }
            });
        }
    }

    [Fact]
    public async Task Plugins_that_are_never_disposed_of_are_finalized()
    {
        WeakReference left = await Forgotten();
        while (left.IsAlive)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Yield();
        }
    }

    [Fact]
    public async Task What_plugins_are_loaded_from_is_pinned_until_they_are_and_no_longer()
    {
        using var owner = new CountingMemory(await PluginFolders.Component("ed-fi/sexDescriptors"));
        using LanewayPlugins plugins = await LanewayPlugins.FromComponentsAsync(
            new Dictionary<string, ReadOnlyMemory<byte>> { ["one"] = owner.Memory });
        Assert.Equal((1, 1), (owner.Pinned, owner.Unpinned));
        await Assert.ThrowsAsync<LanewayException>(() => plugins.PublishAsync(
            new Dictionary<string, ReadOnlyMemory<byte>> { ["one"] = owner.Memory, ["none"] = new byte[] { 1 } }));
        Assert.Equal((2, 2), (owner.Pinned, owner.Unpinned));
        owner.GetSpan().Clear();
        Assert.Equal(["ed-fi/sexDescriptors"], plugins.GetResources());
    }

    private static async Task<LanewayPlugins> Load() => await LanewayPlugins.FromComponentsAsync(
        new Dictionary<string, ReadOnlyMemory<byte>> { ["one"] = await PluginFolders.Component("ed-fi/sexDescriptors") });

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> Forgotten() => new(await Load());

    /// <summary>Memory that counts how often it is pinned, and let go.</summary>
    private sealed class CountingMemory(byte[] content) : MemoryManager<byte>
    {
        private MemoryHandle held;

        internal int Pinned { get; private set; }

        internal int Unpinned { get; private set; }

        public override Span<byte> GetSpan() => content;

        public override unsafe MemoryHandle Pin(int elementIndex = 0)
        {
            Pinned++;
            held = content.AsMemory().Pin();
            return new MemoryHandle((byte*)held.Pointer + elementIndex, pinnable: this);
        }

        public override void Unpin()
        {
            Unpinned++;
            held.Dispose();
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
