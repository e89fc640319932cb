namespace Laneway.Tests;

using System.Threading.Channels;

/// <summary>Plugins that are replaced, returned to, and watched, by those who have a handle of them.</summary>
public sealed class PluginsTests
{
    [Fact]
    public async Task What_was_published_is_listed_and_returned_to()
    {
        using LanewayPlugins plugins = await Load("ed-fi/sexDescriptors");
        Assert.Equal(2, await plugins.PublishAsync(await Components("ed-fi/sexDescriptors", "ed-fi/schools")));
        Assert.Equal(["ed-fi/schools", "ed-fi/sexDescriptors"], plugins.GetResources());
        Assert.Equal(3, plugins.RollBack(1));
        Assert.Equal(["ed-fi/sexDescriptors"], plugins.GetResources());
        Assert.Equal(3, plugins.Generation);
        Assert.Equal(
            [(1L, false, null, 1), (2L, false, null, 2), (3L, true, (long?)1, 1)],
            plugins.GetGenerations().Select(one => (one.Number, one.IsInForce, one.ReturnTo, one.Resources)));
        var exception = Assert.Throws<LanewayException>(() => plugins.RollBack(99));
        Assert.Contains("99", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watched_folder_is_published_when_a_set_is_whole_and_what_is_not_is_told()
    {
        DirectoryInfo made = await PluginFolders.Root(), watched = Directory.CreateTempSubdirectory("laneway-watched-");
        try
        {
            var said = Channel.CreateUnbounded<LanewayLogEntry>();
            await using var runtime = new LanewayRuntime(
                new LanewayRuntimeOptions { WorkerThreads = 1, Log = entry => said.Writer.TryWrite(entry) });
            using LanewayPlugins plugins = await Load("ed-fi/students");
            plugins.Watch(runtime, watched.FullName);
            PluginFolders.Copy(Path.Combine(made.FullName, PluginFolders.First), watched.FullName);
            await Said("published the plugins of a watched folder");
            Assert.Equal(2, plugins.Generation);
            Assert.Equal(
                ["ed-fi/classPeriods", "ed-fi/schools", "ed-fi/separationDescriptors", "ed-fi/sexDescriptors"],
                plugins.GetResources());
            await File.WriteAllTextAsync(Path.Combine(watched.FullName, "plugins.json"), "no set");
            await Said("the plugins in force stay");
            Assert.Equal(2, plugins.Generation);
            await plugins.UnwatchAsync();
            PluginFolders.Copy(Path.Combine(made.FullName, PluginFolders.Second), watched.FullName);
            await plugins.UnwatchAsync();
            Assert.Equal(2, plugins.Generation);

            async Task Said(string part)
            {
                while (!(await said.Reader.ReadAsync()).Message.Contains(part, StringComparison.Ordinal))
                {
                }
            }
        }
        finally
        {
            watched.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_folder_watched_again_is_published_where_something_else_is_in_force()
    {
        string first = Path.Combine((await PluginFolders.Root()).FullName, PluginFolders.First);
        DirectoryInfo watched = Directory.CreateTempSubdirectory("laneway-watched-");
        try
        {
            PluginFolders.Copy(first, watched.FullName);
            var published = Channel.CreateUnbounded<string>();
            await using var runtime = new LanewayRuntime(
                new LanewayRuntimeOptions { WorkerThreads = 1, Log = entry => published.Writer.TryWrite(entry.Message) });
            using LanewayPlugins plugins = await LanewayPlugins.FromFolderAsync(watched.FullName);
            plugins.Watch(runtime, watched.FullName);
            PluginFolders.Copy(first, watched.FullName, plugins: 1);
            await published.Reader.ReadAsync();
            Assert.Equal(2, plugins.Generation);
            await plugins.UnwatchAsync();
            PluginFolders.Copy(first, watched.FullName);
            plugins.Watch(runtime, watched.FullName);
            await published.Reader.ReadAsync();
            Assert.Equal((3, 4), (plugins.Generation, plugins.GetResources().Count));
        }
        finally
        {
            watched.Delete(recursive: true);
        }
    }

    private static async Task<LanewayPlugins> Load(params string[] names) =>
        await LanewayPlugins.FromComponentsAsync(await Components(names));

    private static async Task<IReadOnlyDictionary<string, ReadOnlyMemory<byte>>> Components(params string[] names)
    {
        var components = new Dictionary<string, ReadOnlyMemory<byte>>();
        foreach (string name in names)
        {
            components[name] = await PluginFolders.Component(name);
        }

        return components;
    }
}
