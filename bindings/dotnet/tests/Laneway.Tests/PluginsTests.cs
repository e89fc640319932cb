namespace Laneway.Tests;

using System.Security.Cryptography;
using System.Threading.Channels;
using Laneway.Extensions.Hosting;
using Laneway.Extensions.Hosting.Internal;

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
        DirectoryInfo made = await PluginFolders.Root();
        using var watched = new TemporaryFolder();
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

    [Fact]
    public async Task A_folder_watched_again_is_published_where_something_else_is_in_force()
    {
        string first = Path.Combine((await PluginFolders.Root()).FullName, PluginFolders.First);
        using var watched = new TemporaryFolder();
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

    [Fact]
    public async Task Where_keys_are_trusted_a_folder_is_taken_that_one_of_them_has_signed_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        string set = Path.Combine(folder.FullName, "set"), key = Path.Combine(folder.FullName, "key");
        Directory.CreateDirectory(set);
        PluginFolders.Copy(Path.Combine((await PluginFolders.Root()).FullName, PluginFolders.First), set);
        await PluginFolders.Laneway("plugin", "keygen", key);
        var options = new LanewayPluginsOptions { TrustedKeys = [await File.ReadAllTextAsync(key + ".pub")] };
        var exception = await Assert.ThrowsAsync<LanewayException>(() => LanewayPlugins.FromFolderAsync(set, options));
        Assert.Contains("signed", exception.Message, StringComparison.Ordinal);
        await PluginFolders.Laneway("plugin", "sign", set, "--key", key);
        using LanewayPlugins plugins = await LanewayPlugins.FromFolderAsync(set, options);
        Assert.Equal(4, plugins.GetResources().Count);
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>> components = await Components("ed-fi/students");
        await Assert.ThrowsAsync<LanewayException>(() => plugins.PublishAsync(components));
        Assert.Equal(1, plugins.Generation);
        var misspelt = new LanewayPluginsOptions { TrustedKeys = ["no key"] };
        var wrong = await Assert.ThrowsAsync<ArgumentException>(() => LanewayPlugins.FromFolderAsync(set, misspelt));
        Assert.Contains("trusted_keys[0]", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_takes_what_its_list_names_and_keeps_the_compiled_code()
    {
        using var folder = new TemporaryFolder();
        string set = Path.Combine((await PluginFolders.Root()).FullName, PluginFolders.First);
        string list = Path.Combine(folder.FullName, "list"), cache = Path.Combine(folder.FullName, "code");
        IEnumerable<string> lines = Directory.GetFiles(set, "*.wasm")
            .Select(file => $"{Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))}  {file}");
        await File.WriteAllLinesAsync(list, lines);
        var options = new LanewayOptions { PluginFolder = set, PluginAllowList = list, PluginCodeCache = cache };
        for (int start = 0; start < 2; start++)
        {
            using LanewayPlugins? plugins = await new StoreOpener().LoadPluginsAsync(options);
            Assert.Equal(4, plugins?.GetResources().Count);
            Assert.Equal(4, Directory.GetFiles(cache, "*.code").Length);
        }

        await File.WriteAllLinesAsync(list, ["# none"]);
        var exception = await Assert.ThrowsAsync<LanewayException>(() => new StoreOpener().LoadPluginsAsync(options));
        Assert.Contains("list", exception.Message, StringComparison.Ordinal);
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
