namespace Laneway.Tests.Samples;

using System.Diagnostics;

/// <summary>A folder with two sets of plugins as <c>laneway plugin compile</c> writes them, made once a run.</summary>
internal static class PluginFolders
{
    internal const string First = "first";
    internal const string Second = "second";

    private static readonly Lazy<Task<DirectoryInfo>> Made = new(Make);

    /// <summary>The folder that has both.</summary>
    internal static Task<DirectoryInfo> Root() => Made.Value;

    private static async Task<DirectoryInfo> Make()
    {
        string program = Needs.Program(), schema = Path.Combine(Needs.Data().FullName, "schemas", "ds-5.2.apischema.json");
        DirectoryInfo root = Directory.CreateTempSubdirectory("laneway-plugins-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => root.Delete(recursive: true);
        foreach (string name in (string[])[First, Second])
        {
            await Run(program, ["plugin", "compile", schema, "-o", Path.Combine(root.FullName, name)]);
        }

        return root;
    }

    /// <summary>Runs a program to its end.</summary>
    internal static async Task<(int ExitCode, string Said)> Start(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }

    private static async Task Run(string program, IEnumerable<string> arguments)
    {
        (int exitCode, string said) = await Start(program, arguments);
        Assert.True(exitCode == 0, said);
    }
}
