namespace Laneway.Tests;

using System.Text.RegularExpressions;

/// <summary>What the binding's README contains: files, snippets, commands, and what they print.</summary>
internal static partial class Readme
{
    /// <summary>A block of the README.</summary>
    /// <param name="Kind">Its language.</param>
    /// <param name="Name">The file that it is, or "".</param>
    /// <param name="Text">Its text.</param>
    internal sealed record Block(string Kind, string Name, string Text);

    private static readonly Lazy<string> Found = new(Find);

    private static readonly Lazy<Block[]> All = new(() =>
        [.. Fenced().Matches(Text).Select(found =>
            new Block(found.Groups["kind"].Value, found.Groups["name"].Value, found.Groups["text"].Value))]);

    /// <summary>The folder that it is in: the binding's.</summary>
    internal static string Folder => Found.Value;

    internal static string Text => System.IO.File.ReadAllText(Path.Combine(Folder, "README.md"));

    internal static IReadOnlyList<Block> Blocks => All.Value;

    /// <summary>The text of a file that the README shows.</summary>
    internal static string File(string name) => Blocks.Single(block => block.Name == name).Text;

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (System.IO.File.Exists(Path.Combine(folder.FullName, "Laneway.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("the tests do not run beside the README");
    }

    [GeneratedRegex(@"^```(?<kind>\w+) ?(?<name>\S*)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fenced();
}
