namespace Laneway.Tests.Samples;

using System.Text;
using System.Text.RegularExpressions;
using Laneway.Extensions.Hosting;
using Laneway.Samples.Dms;
using Microsoft.Extensions.Configuration;

/// <summary><c>docs/dms.md</c> quotes code that is tested, and options that exist.</summary>
public sealed partial class DmsPageTests
{
    private static readonly DirectoryInfo Binding = Find();

    [Fact]
    public void Each_code_block_is_quoted_from_the_sample_or_its_tests()
    {
        string[] sources = [.. Sources().Select(file => Lines(File.ReadAllText(file)))];
        string[] blocks = [.. Blocks("csharp")];
        Assert.NotEmpty(blocks);
        Assert.All(blocks, block => Assert.True(sources.Any(source => source.Contains(Lines(block), StringComparison.Ordinal)), block));
    }

    [Fact]
    public void Each_setting_is_an_option()
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(Assert.Single(Blocks("json"))))).Build();
        Assert.Equal(["Laneway", LanewayUpsertOptions.Section], configuration.GetChildren().Select(section => section.Key));
        configuration.GetSection("Laneway").Get<LanewayOptions>(binder => binder.ErrorOnUnknownConfiguration = true);
        configuration.GetSection(LanewayUpsertOptions.Section).Get<LanewayUpsertOptions>(binder => binder.ErrorOnUnknownConfiguration = true);
    }

    [Fact]
    public void Each_outcome_is_documented()
    {
        string page = Page(), kinds = File.ReadAllText(Path.Combine(Binding.FullName, "src", "Laneway", "UpsertOutcome.cs"));
        string[] names = [.. OutcomeName().Matches(kinds).Select(match => match.Groups[1].Value)];
        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
    }

    private static string Page() => File.ReadAllText(Path.Combine(Binding.FullName, "docs", "dms.md"));

    private static IEnumerable<string> Blocks(string language) =>
        Fence().Matches(Page()).Where(match => match.Groups[1].Value == language).Select(match => match.Groups[2].Value);

    private static IEnumerable<string> Sources() =>
        Directory.EnumerateFiles(Path.Combine(Binding.FullName, "samples", "Laneway.Samples.Dms", "Decorator"), "*.cs")
            .Concat(Directory.EnumerateFiles(Path.Combine(Binding.FullName, "tests", "Laneway.Tests", "Samples"), "Dms*.cs"));

    /// <summary>A text without its indentation.</summary>
    private static string Lines(string text) => string.Concat(text.Split('\n').Select(line => line.Trim() + "\n")).TrimEnd();

    private static DirectoryInfo Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Laneway.slnx")))
        {
            folder = folder.Parent!;
        }

        return folder;
    }

    [GeneratedRegex("^```(\\w+)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("=> \\(\\d+, \"(\\w+)\"\\)")]
    private static partial Regex OutcomeName();
}
