namespace Laneway.Tests.Samples;

using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Laneway.Extensions.Hosting;

/// <summary>The README as its reader meets it: every snippet compiles as it stands, and the first hour goes as it says.</summary>
public sealed partial class ReadmeTests
{
    private const string Service = "http://localhost:5080";

    [Fact]
    public async Task The_first_hour_goes_as_the_README_says()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        using var folder = new TemporaryFolder();
        (string, string?)[] environment =
        [
            // The reader's own database, and a port that no other test has.
            ("Laneway__ConnectionString", database.ConnectionString), ("URLS", "http://127.0.0.1:0"), ("MSBUILDDISABLENODEREUSE", "1"), ("DOTNET_CLI_TELEMETRY_OPTOUT", "1"),
        ];
        string[] commands = [.. Readme.Blocks.Where(block => block.Kind == "console").SelectMany(block => block.Text.Split('\n'))
            .Where(line => line.Length > 0)];
        string[] expected = [.. Readme.Blocks.Where(block => block.Kind == "text").SelectMany(block => block.Text.Split('\n'))
            .Where(line => line.Length > 0)];
        string printed = "";
        foreach (string command in commands.TakeWhile(command => !command.StartsWith("curl", StringComparison.Ordinal)))
        {
            if (command.StartsWith("dotnet add package", StringComparison.Ordinal))
            {
                await Reference(folder.FullName);
                continue;
            }

            if (!command.StartsWith("dotnet new", StringComparison.Ordinal))
            {
                printed += await Run(command) + "\n";
            }
            else
            {
                // In place of the template, which not every SDK contains: what it makes.
                Assert.Contains("--name people ", command, StringComparison.Ordinal);
                await File.WriteAllTextAsync(Path.Combine(folder.FullName, "people.csproj"), Project("Microsoft.NET.Sdk.Web"));
                foreach (Readme.Block file in Readme.Blocks.Where(block => block.Name.Length > 0))
                {
                    await File.WriteAllTextAsync(Path.Combine(folder.FullName, file.Name), file.Text);
                }
            }
        }

        string built = Directory.GetFiles(Path.Combine(folder.FullName, "bin", "Debug"), "people.dll", SearchOption.AllDirectories).Single();
        using (var service = new RunningProgram("dotnet", [built], folder.FullName, environment))
        {
            string address = (await service.Line("Now listening on: ")).Split(": ")[^1].Trim();
            foreach (string command in commands.Where(command => command.StartsWith("curl", StringComparison.Ordinal)))
            {
                printed += await Run(command.Replace(Service, address, StringComparison.Ordinal)) + "\n";
            }

            await service.Signal("INT");
            Assert.True(await service.Ended() == 0, service.Output);
        }

        int at = 0;
        string shown = Normal(printed);
        foreach (string line in expected)
        {
            int found = shown.IndexOf(Normal(line), at, StringComparison.Ordinal);
            Assert.True(found >= at, $"'{line}' is not printed in its turn, but:\n{printed}");
            at = found;
        }

        Match transactions = Regex.Match(printed, @"1000 stored in (\d+) transactions");
        Assert.InRange(int.Parse(transactions.Groups[1].ValueSpan), 1, 49);
        Assert.Equal(1000, await database.Count("SELECT count(*) FROM dms.Document"));

        async Task<string> Run(string command)
        {
            using var shell = new RunningProgram("bash", ["-c", command], folder.FullName, environment);
            Assert.True(await shell.Ended() == 0, $"{command}\n{shell.Output}");
            return shell.Output;
        }
    }

    [Fact]
    public async Task Every_snippet_compiles_as_it_stands()
    {
        Readme.Block[] snippets = [.. Readme.Blocks.Where(block => block is { Kind: "csharp", Name: "" })];
        Assert.NotEmpty(snippets);
        foreach (Readme.Block snippet in snippets)
        {
            using var folder = new TemporaryFolder();
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "Program.cs"), snippet.Text);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "snippet.csproj"), Project("Microsoft.NET.Sdk"));
            await Reference(folder.FullName);
            using var build = new RunningProgram(
                "dotnet", ["build", "-nologo", "--disable-build-servers", "-nodeReuse:false"], folder.FullName);
            Assert.True(await build.Ended() == 0, snippet.Text + build.Output);
        }
    }

    [Fact]
    public async Task A_build_for_a_platform_without_a_packaged_library_warns()
    {
        using var folder = new TemporaryFolder();
        // The package as NuGet unpacks it, with the library of one platform.
        string targets = Path.Combine(folder.FullName, "package", "buildTransitive");
        Directory.CreateDirectory(targets);
        Directory.CreateDirectory(Path.Combine(folder.FullName, "package", "runtimes", "linux-x64", "native"));
        File.Copy(Path.Combine(Readme.Folder, "src", "Laneway", "buildTransitive", "Laneway.targets"), Path.Combine(targets, "Laneway.targets"));
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "Program.cs"), "return;");
        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, "app.csproj"),
            """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <UseAppHost>false</UseAppHost>
                <SelfContained>false</SelfContained>
              </PropertyGroup>
              <Import Project="package/buildTransitive/Laneway.targets" />
            </Project>
            """);
        string warning = await Build("-p:RuntimeIdentifier=linux-arm64");
        Assert.Contains("warning LANEWAY001: The package Laneway has no native library for linux-arm64, so app will not run", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("LANEWAY001", await Build("-p:RuntimeIdentifier=linux-x64"), StringComparison.Ordinal);
        Assert.DoesNotContain(
            "LANEWAY001", await Build("-p:RuntimeIdentifier=linux-arm64", "-p:LanewayNativeLibraryCheck=false"), StringComparison.Ordinal);

        async Task<string> Build(params string[] properties)
        {
            using var build = new RunningProgram(
                "dotnet", ["build", "-nologo", "--disable-build-servers", "-nodeReuse:false", .. properties], folder.FullName);
            Assert.True(await build.Ended() == 0, build.Output);
            return build.Output;
        }
    }

    [Fact]
    public async Task The_tables_name_every_option_outcome_and_instrument_and_no_other()
    {
        string[] options = [.. typeof(LanewayOptions).GetProperties().Select(property => property.Name)];
        string[] limits = [.. typeof(LanewayLimits).GetProperties().Select(property => property.Name)];
        Assert.Equal(
            options.Except(["Stores", "Limits"]).Append("Stores:NAME").Order(), Rows("| option |"));
        Assert.Equal(limits.Except(["Batching"]).Order(), Rows("| `Limits:` |"));
        await using var echo = new EchoStore();
        Assert.Equal(echo.Client.GetStats().Outcomes.Keys.Except(["cancelled"]).Order(), Rows("| outcome |"));
        Assert.Equal(await Instruments(), Rows("| instrument |"));
    }

    private static async Task<IEnumerable<string>> Instruments()
    {
        var names = new HashSet<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == LanewayDiagnostics.MeterName)
                {
                    names.Add(instrument.Name);
                }
            },
        };
        await using var host = new Hosting.EchoHost();
        await host.StartAsync();
        listener.Start();
        return names.Order();
    }

    /// <summary>The names in the first column of a table.</summary>
    private static IEnumerable<string> Rows(string head) => Readme.Text[Readme.Text.IndexOf(head, StringComparison.Ordinal)..]
        .Split('\n').Skip(2).TakeWhile(line => line.StartsWith('|'))
        .SelectMany(line => Quoted().Matches(line.Split('|')[1]).Select(found => found.Groups[1].Value)).Order();

    private static string Project(string sdk) =>
        $"""
        <Project Sdk="{sdk}">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <Nullable>enable</Nullable>
            <ImplicitUsings>enable</ImplicitUsings>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
          </PropertyGroup>
        </Project>
        """;

    /// <summary>What takes the place of the package in a test: its assemblies, which stand beside the tests.</summary>
    private static Task Reference(string folder) => File.WriteAllTextAsync(
        Path.Combine(folder, "Directory.Build.targets"),
        $"""
        <Project>
          <ItemGroup>
            <Reference Include="{Path.Combine(AppContext.BaseDirectory, "Laneway.dll")}" />
            <Reference Include="{Path.Combine(AppContext.BaseDirectory, "Laneway.Extensions.Hosting.dll")}" />
          </ItemGroup>
        </Project>
        """);

    /// <summary>A text without what differs from run to run; an ellipsis stands for anything.</summary>
    private static string Normal(string text) =>
        Number().Replace(Address().Replace(Id().Replace(text.TrimEnd('…', ' ', ','), "ID"), "ADDRESS"), "0");

    [GeneratedRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")]
    private static partial Regex Id();

    [GeneratedRegex(@"default \([^)]*\)")]
    private static partial Regex Address();

    [GeneratedRegex(@"\d+([.:]\d+)*")]
    private static partial Regex Number();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
