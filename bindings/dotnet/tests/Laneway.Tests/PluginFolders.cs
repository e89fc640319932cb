namespace Laneway.Tests;

using System.Diagnostics;
using System.Text.Json.Nodes;

/// <summary>A folder with two sets of plugins, written by <c>laneway plugin compile</c> once per run.</summary>
internal static class PluginFolders
{
    internal const string First = "first";
    internal const string Second = "second";

    // The id of a custom section in WebAssembly's binary format.
    private const byte CustomSection = 0;

    private static readonly HashSet<string> Kept =
        ["ed-fi/sexDescriptors", "ed-fi/separationDescriptors", "ed-fi/classPeriods", "ed-fi/schools"];

    private static readonly Lazy<Task<DirectoryInfo>> Made = new(Make);

    private static readonly Lazy<string> Small = new(() =>
    {
        string file = Path.Combine(Path.GetTempPath(), $"laneway-tests-{Environment.ProcessId}.apischema.json");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => File.Delete(file);
        File.WriteAllText(file, Readme.File("people.apischema.json"));
        return file;
    });

    /// <summary>The schema of the README, whose people have a <c>personId</c>.</summary>
    internal static string SmallSchema => Small.Value;

    /// <summary>The folder with both sets.</summary>
    internal static Task<DirectoryInfo> Root() => Made.Value;

    private static async Task<DirectoryInfo> Make()
    {
        string program = Needs.Program(), schema = Path.Combine(Needs.Data().FullName, "schemas", "ds-5.2.apischema.json");
        DirectoryInfo root = Directory.CreateTempSubdirectory("laneway-plugins-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => root.Delete(recursive: true);
        foreach (string name in (string[])[First, Second])
        {
            string folder = Path.Combine(root.FullName, name);
            await Run(program, ["plugin", "compile", schema, "-o", folder]);
            KeepFew(Path.Combine(folder, "plugins.json"));
        }

        return root;
    }

    /// <summary>Reduces a set to what the tests use: a debug build takes long to compile hundreds of plugins.</summary>
    private static void KeepFew(string set)
    {
        JsonNode parsed = JsonNode.Parse(File.ReadAllText(set))!;
        JsonNode[] kept = [.. parsed["plugins"]!.AsArray().Where(plugin => Kept.Contains((string)plugin!["name"]!)).Select(plugin => plugin!.DeepClone())];
        Assert.Equal(Kept.Count, kept.Length);
        parsed["plugins"] = new JsonArray(kept);
        File.WriteAllText(set, parsed.ToJsonString());
    }

    /// <summary>A component of the data standard, by its plugin's name, such as <c>ed-fi/students</c>.</summary>
    /// <param name="name">The plugin's name.</param>
    /// <param name="variant">The content of a section without effect, which makes this a different component.</param>
    internal static async Task<byte[]> Component(string name, byte variant = 0)
    {
        string file = Path.Combine((await Root()).FullName, First, name.Replace('/', '.') + ".wasm");
        return [.. await File.ReadAllBytesAsync(file), CustomSection, 3, 1, (byte)'v', variant];
    }

    /// <summary>Copies a set, or its first plugins, as it is written: the listing last, in one step.</summary>
    internal static void Copy(string from, string to, int plugins = int.MaxValue)
    {
        JsonNode listing = JsonNode.Parse(File.ReadAllText(Path.Combine(from, "plugins.json")))!;
        listing["plugins"] = new JsonArray([.. listing["plugins"]!.AsArray().Take(plugins).Select(plugin => plugin!.DeepClone())]);
        foreach (string file in listing["plugins"]!.AsArray().Select(plugin => (string)plugin!["file"]!))
        {
            File.Copy(Path.Combine(from, file), Path.Combine(to, file), overwrite: true);
        }

        string beside = Path.Combine(to, "plugins.json.new");
        File.WriteAllText(beside, listing.ToJsonString());
        File.Move(beside, Path.Combine(to, "plugins.json"), overwrite: true);
    }

    /// <summary>Runs a program to its end.</summary>
    internal static async Task<(int ExitCode, string Output)> Start(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }

    /// <summary>Runs the program `laneway`, which must succeed.</summary>
    internal static Task Laneway(params string[] arguments) => Run(Needs.Program(), arguments);

    private static async Task Run(string program, IEnumerable<string> arguments)
    {
        (int exitCode, string output) = await Start(program, arguments);
        Assert.True(exitCode == 0, output);
    }
}
