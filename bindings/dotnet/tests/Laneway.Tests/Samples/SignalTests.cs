namespace Laneway.Tests.Samples;

/// <summary>The web sample as a process of its own, which is asked to end at awkward moments.</summary>
public sealed class SignalTests
{
    private static readonly string Sample = Path.Combine(AppContext.BaseDirectory, "Laneway.Samples.Web.dll");

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    public async Task A_program_that_is_asked_to_end_while_plugins_compile_ends_orderly(string signal, int exitCode)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        string schema = Path.Combine(Needs.Data().FullName, "schemas", "ds-5.2.apischema.json");
        using RunningProgram program = Start(
            ("Laneway__ConnectionString", database.ConnectionString), ("Laneway__Schemas__0", schema),
            ("Logging__LogLevel__Laneway", "Debug"));
        await program.Line("Loading plugins");
        await program.Signal(signal);
        Assert.True(await program.Ended() == exitCode, program.Output);
        Assert.DoesNotContain("Unhandled", program.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", program.Output, StringComparison.Ordinal);
        Assert.Contains("asked to stop before it had started", program.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_with_an_hour_to_drain_ends_orderly_when_it_is_asked_to()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        using RunningProgram program = Start(
            ("Laneway__ConnectionString", database.ConnectionString), ("Laneway__DrainTimeout", "01:00:00"));
        await program.Line("Application started");
        await program.Signal("TERM");
        Assert.True(await program.Ended() == 0, program.Output);
        Assert.Contains("Draining: 0 upserts are pending", program.Output, StringComparison.Ordinal);
        Assert.Contains("Drained: 0 upserts have ended in ", program.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_whose_options_are_wrong_or_whose_database_is_away_says_so_and_ends_with_3()
    {
        using RunningProgram wrong = Start(
            ("Laneway__ConnectionString", null), ("Laneway__DrainTimeout", "50.00:00:00"), ("Laneway__Limits__Lanes", "17"));
        Assert.Equal(3, await wrong.Ended());
        Assert.Contains("DrainTimeout is 50.00:00:00: use", wrong.Output, StringComparison.Ordinal);
        Assert.Contains("Limits:Lanes is 17: use 0 to 16", wrong.Output, StringComparison.Ordinal);
        using RunningProgram away = Start(("Laneway__ConnectionString", "Host=127.0.0.1;Port=1;Username=u;Database=d"));
        Assert.Equal(3, await away.Ended());
        Assert.Contains("127.0.0.1:1", away.Output, StringComparison.Ordinal);
    }

    private static RunningProgram Start(params (string Name, string? Value)[] environment) => new(
        "dotnet", [Sample, "--urls", "http://127.0.0.1:0", "--contentRoot", AppContext.BaseDirectory], AppContext.BaseDirectory, environment);
}
