namespace Laneway.Tests;

using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Laneway.Extensions.Hosting;
using Laneway.Extensions.Hosting.Internal;

/// <summary>Publishing, rolling back, watching, trusting and caching plugins.</summary>
public sealed class PluginsTests
{
    // A section with one import, as tools add WASI's: a name of four bytes, and a type that is a resource.
    private static readonly byte[] UnusedImport = [10, 9, 1, 0, 4, .. "blob"u8, 3, 1];

    [Fact]
    public async Task Generations_are_listed_and_can_be_rolled_back_to()
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
    public async Task A_watched_folder_is_published_once_it_is_complete_and_an_invalid_one_is_reported()
    {
        DirectoryInfo made = await PluginFolders.Root();
        using var watched = new TemporaryFolder();
        var log = Channel.CreateUnbounded<LanewayLogEntry>();
        await using var runtime = new LanewayRuntime(
            new LanewayRuntimeOptions { WorkerThreads = 1, Log = entry => log.Writer.TryWrite(entry) });
        using LanewayPlugins plugins = await Load("ed-fi/students");
        plugins.Watch(runtime, watched.FullName);
        PluginFolders.Copy(Path.Combine(made.FullName, PluginFolders.First), watched.FullName);
        await Logged("published the plugins of a watched folder");
        Assert.Equal(2, plugins.Generation);
        Assert.Equal(
            ["ed-fi/classPeriods", "ed-fi/schools", "ed-fi/separationDescriptors", "ed-fi/sexDescriptors"],
            plugins.GetResources());
        await File.WriteAllTextAsync(Path.Combine(watched.FullName, "plugins.json"), "no set");
        await Logged("the plugins in force stay");
        Assert.Equal(2, plugins.Generation);
        await plugins.UnwatchAsync();
        PluginFolders.Copy(Path.Combine(made.FullName, PluginFolders.Second), watched.FullName);
        await plugins.UnwatchAsync();
        Assert.Equal(2, plugins.Generation);

        async Task Logged(string part)
        {
            while (!(await log.Reader.ReadAsync()).Message.Contains(part, StringComparison.Ordinal))
            {
            }
        }
    }

    [Fact]
    public async Task A_folder_that_is_watched_again_is_published_if_other_plugins_are_in_force()
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
    public async Task With_trusted_keys_only_a_signed_folder_is_accepted()
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
    public async Task A_host_accepts_only_listed_components_and_caches_compiled_code()
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

    [Fact]
    public async Task Imports_are_taken_from_a_folder_that_records_that_they_are_allowed_and_refused_elsewhere()
    {
        const string Name = "ed-fi/sexDescriptors";
        byte[] importing = [.. await PluginFolders.Component(Name), .. UnusedImport];
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.FullName, "ready.wasm"), set = Path.Combine(folder.FullName, "set");
        await File.WriteAllBytesAsync(file, importing);
        await PluginFolders.Laneway("plugin", "pack", file, "-o", set, "--trap-imports");
        Dictionary<string, ReadOnlyMemory<byte>> components = new() { [Name] = importing };
        RefusedByName(await Assert.ThrowsAsync<LanewayException>(() => LanewayPlugins.FromComponentsAsync(components)));

        await using TestDatabase database = await TestDatabase.DeployedAsync();
        await using var runtime = new LanewayRuntime();
        using LanewayPlugins plugins = await LanewayPlugins.FromFolderAsync(set);
        await using LanewayClient client = await runtime.OpenAsync(
            new LanewayStoreOptions { ConnectionString = database.ConnectionString, Plugins = plugins });
        Assert.IsType<UpsertOutcome.Inserted>(await client.UpsertAsync(new UpsertRequest
        {
            Project = "ed-fi",
            Endpoint = "sexDescriptors",
            Document = """{"namespace":"uri://x","codeValue":"A","shortDescription":"A"}"""u8.ToArray(),
        }));
        Assert.Equal(2, await plugins.PublishFolderAsync(set));
        RefusedByName(await Assert.ThrowsAsync<LanewayException>(() => plugins.PublishAsync(components)));

        string listing = Path.Combine(set, "plugins.json");
        JsonNode withdrawn = JsonNode.Parse(await File.ReadAllTextAsync(listing))!;
        Assert.True(withdrawn["plugins"]![0]!.AsObject().Remove("trap_imports"));
        await File.WriteAllTextAsync(listing, withdrawn.ToJsonString());
        RefusedByName(await Assert.ThrowsAsync<LanewayException>(() => plugins.PublishFolderAsync(set)));
        RefusedByName(await Assert.ThrowsAsync<LanewayException>(() => LanewayPlugins.FromFolderAsync(set)));
        Assert.Equal(2, plugins.Generation);

        static void RefusedByName(LanewayException exception)
        {
            Assert.Contains("`blob`", exception.Message, StringComparison.Ordinal);
            Assert.Contains("--trap-imports", exception.Message, StringComparison.Ordinal);
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
