namespace Laneway.Tests;

using System.Reflection;
using Laneway.Extensions.Hosting;
using Laneway.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;

/// <summary>Every option, limit and field of a request has a row: what is refused, by name, and what is just taken.</summary>
public sealed class BoundsTests
{
    private const long TiB = 1L << 40;

    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromMilliseconds(int.MaxValue);

    private static readonly Row[] Rows =
    [
        Row.Number<LanewayLimits>(nameof(LanewayLimits.Lanes), 0, 16),
        Row.Number<LanewayLimits>(nameof(LanewayLimits.BatchItemsMax), 1, int.MaxValue),
        Row.Number<LanewayLimits>(nameof(LanewayLimits.BatchBytesMax), 1, TiB),
        Row.Time<LanewayLimits>(nameof(LanewayLimits.Linger), TimeSpan.Zero, TimeSpan.FromMinutes(1)),
        Row.Number<LanewayLimits>(nameof(LanewayLimits.FlushesConcurrentMax), 1, int.MaxValue),
        Row.Number<LanewayLimits>(nameof(LanewayLimits.SingleConcurrentMax), 1, int.MaxValue),
        Row.Number<LanewayLimits>(nameof(LanewayLimits.StoreItemsMax), 1, int.MaxValue),
        Row.Number<LanewayLimits>(nameof(LanewayLimits.StoreBytesMax), 1, TiB),
        Row.Number<LanewayLimits>(nameof(LanewayLimits.LaneItemsMax), 1, int.MaxValue),
        Row.Number<LanewayLimits>(nameof(LanewayLimits.IdentityLineMax), 1, int.MaxValue),
        Row.Number<LanewayLimits>(nameof(LanewayLimits.DocumentBytesMax), 1, TiB),
        Row.Number<LanewayLimits>(nameof(LanewayLimits.ExtractThreads), 0, 256),
        Row.Number<LanewayLimits>(nameof(LanewayLimits.RetriesMax), 0, 1000),
        Row.Number<LanewayLimits>(nameof(LanewayLimits.LocksPerFlushMax), 1, int.MaxValue),
        Row.Time<LanewayLimits>(nameof(LanewayLimits.LatencyObjective), TimeSpan.Zero, TimeSpan.FromDays(1)),
        Row.Time<LanewayLimits>(nameof(LanewayLimits.LockTimeout), Millisecond, LongestTimeout),
        Row.Time<LanewayLimits>(nameof(LanewayLimits.StatementTimeout), Millisecond, LongestTimeout),
        Row.Time<LanewayLimits>(nameof(LanewayLimits.IdleInTransactionTimeout), Millisecond, LongestTimeout),
        Row.Time<LanewayLimits>(nameof(LanewayLimits.AnswerTimeout), Millisecond, LongestTimeout),
        Row.Time<LanewayLimits>(nameof(LanewayLimits.OutageMax), Millisecond, LongestTimeout),
        Row.Time<LanewayLimits>(nameof(LanewayLimits.ReferenceRecheck), TimeSpan.Zero, TimeSpan.FromMilliseconds(250)),
        Row.Number<LanewayLimits>(nameof(LanewayLimits.WaitersMax), 0, int.MaxValue),
        Row.Number<LanewayRuntimeOptions>(nameof(LanewayRuntimeOptions.WorkerThreads), 1, 256),
        Row.Number<LanewayRuntimeOptions>(nameof(LanewayRuntimeOptions.CompletionChunkSize), 1, 4096),
        new(typeof(LanewayRuntimeOptions), nameof(LanewayRuntimeOptions.LogLevel),
            [(LanewayLogLevel)(-1), (LanewayLogLevel)int.MaxValue], [LanewayLogLevel.None, LanewayLogLevel.Debug]),
        // As many as flushes may run at a time by default.
        Row.Number<LanewayStoreOptions>(nameof(LanewayStoreOptions.ConnectionsMax), 21, int.MaxValue),
        new(typeof(LanewayStoreOptions), nameof(LanewayStoreOptions.Coercion),
            [(LanewayCoercion)(-1), (LanewayCoercion)3], [LanewayCoercion.Nothing, LanewayCoercion.All]),
        new(typeof(LanewayStoreOptions), nameof(LanewayStoreOptions.Isolation),
            [(LanewayIsolation)(-1), (LanewayIsolation)2], [LanewayIsolation.ReadCommitted, LanewayIsolation.RepeatableRead]),
        Row.Number<LanewayOptions>(nameof(LanewayOptions.WorkerThreads), 1, 256),
        Row.Number<LanewayOptions>(nameof(LanewayOptions.ConnectionsMax), 21, int.MaxValue),
        Row.Time<LanewayOptions>(nameof(LanewayOptions.DrainTimeout), TimeSpan.Zero, TimeSpan.FromDays(1)),
        new(typeof(LanewayOptions), nameof(LanewayOptions.Coercion),
            [(LanewayCoercion)(-1), (LanewayCoercion)3], [LanewayCoercion.Nothing, LanewayCoercion.All]),
        new(typeof(LanewayOptions), nameof(LanewayOptions.Isolation),
            [(LanewayIsolation)(-1), (LanewayIsolation)2], [LanewayIsolation.ReadCommitted, LanewayIsolation.RepeatableRead]),
        new(typeof(LanewayOptions), nameof(LanewayOptions.LogLevel),
            [(LogLevel)(-1), (LogLevel)int.MaxValue], [LogLevel.None, LogLevel.Trace]),
        // What is used up already is no mistake: see below.
        new(typeof(UpsertRequest), nameof(UpsertRequest.Timeout), [LongestTimeout + Tick, TimeSpan.FromDays(50), TimeSpan.MaxValue],
            [TimeSpan.FromMinutes(1), LongestTimeout]),
        new(typeof(UpsertRequest), nameof(UpsertRequest.TraceId), [new string('t', 129)], ["", new string('t', 128)]),
    ];

    // What takes any value of its type, or is checked for what it names instead of for a range.
    private static readonly string[] Unbounded =
    [
        "LanewayLimits.Batching", "LanewayRuntimeOptions.Log", "LanewayStoreOptions.ConnectionString", "LanewayStoreOptions.Plugins",
        "LanewayStoreOptions.Limits", "LanewayOptions.ConnectionString", "LanewayOptions.Stores", "LanewayOptions.PluginFolder",
        "LanewayOptions.WatchPluginFolder", "LanewayOptions.PluginTrustedKeys", "LanewayOptions.PluginAllowList",
        "LanewayOptions.PluginCodeCache", "LanewayOptions.Schemas", "LanewayOptions.Batching", "LanewayOptions.WaitForStores",
        "LanewayOptions.Limits", "LanewayPluginsOptions.TrustedKeys", "LanewayPluginsOptions.AllowList",
        "LanewayPluginsOptions.CodeCacheFolder", "UpsertRequest.Project", "UpsertRequest.Endpoint", "UpsertRequest.Document",
        "UpsertRequest.DocumentUuid", "UpsertRequest.RejectWhenFull", "UpsertRequest.Extraction", "UpsertRequest.Authorization",
    ];

    public static TheoryData<string> Names => [.. Rows.Select(row => row.ToString())];

    [Fact]
    public void Every_option_limit_and_field_has_a_row()
    {
        Type[] types =
            [typeof(LanewayLimits), typeof(LanewayRuntimeOptions), typeof(LanewayStoreOptions), typeof(LanewayOptions),
             typeof(LanewayPluginsOptions), typeof(UpsertRequest)];
        IEnumerable<string> properties = types.SelectMany(type =>
            type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => $"{type.Name}.{property.Name}"));
        Assert.Equal(properties.Order(), Rows.Select(row => row.ToString()).Concat(Unbounded).Order());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task What_is_out_of_range_is_refused_by_name_and_the_bounds_are_taken(string name)
    {
        Row row = Rows.Single(row => row.ToString() == name);
        foreach (object value in row.Refused)
        {
            string message = await Refusal(row, value) ?? throw new InvalidOperationException($"{name} {value} is taken");
            Assert.StartsWith(row.Name, message, StringComparison.Ordinal);
        }

        foreach (object value in row.Taken)
        {
            Assert.Null(await Refusal(row, value));
        }
    }

    [Fact]
    public async Task Several_wrong_values_are_all_named_and_only_those()
    {
        await using var runtime = new LanewayRuntime(new LanewayRuntimeOptions { WorkerThreads = 1 });
        var exception = Assert.Throws<ArgumentException>(() => runtime.OpenEcho(
            new LanewayLimits { Lanes = 17, Batching = true, RetriesMax = -1, LockTimeout = TimeSpan.FromMilliseconds(1), BatchItemsMax = 7 }));
        Assert.Equal("Lanes is 17: use 0 to 16. RetriesMax is -1: use 0 to 1000.", exception.Message);
        exception = Assert.Throws<ArgumentException>(() => new LanewayRuntime(
            new LanewayRuntimeOptions { WorkerThreads = -1, CompletionChunkSize = 0, LogLevel = (LanewayLogLevel)9 }));
        Assert.Equal(
            "WorkerThreads is -1: use 1 to 256. CompletionChunkSize is 0: use 1 to 4096. "
            + "LogLevel is 9: use None, Error, Warning, Information, Debug.",
            exception.Message);
    }

    [Fact]
    public async Task A_time_budget_that_is_used_up_ends_as_deadline_at_once_even_where_nothing_is_answered()
    {
        await using var echo = new EchoStore();
        echo.Client.HoldEcho(true);
        foreach (TimeSpan used in (TimeSpan[])[TimeSpan.Zero, -Tick, TimeSpan.FromMilliseconds(-5), Timeout.InfiniteTimeSpan, TimeSpan.MinValue])
        {
            ValueTask<UpsertOutcome> ended = echo.Client.UpsertAsync(EchoStore.Request() with { Timeout = used });
            Assert.True(ended.IsCompleted);
            Assert.IsType<UpsertOutcome.Deadline>(await ended);
        }

        echo.Client.HoldEcho(false);
        Assert.Equal("inserted", (await echo.Client.UpsertAsync(EchoStore.Request() with { Timeout = null })).Name);
    }

    public static TheoryData<TimeSpan> CloseTimeouts =>
        [TimeSpan.MinValue, TimeSpan.FromMilliseconds(-5), TimeSpan.Zero, TimeSpan.FromDays(50), TimeSpan.MaxValue, Timeout.InfiniteTimeSpan];

    [Theory]
    [MemberData(nameof(CloseTimeouts))]
    public async Task Closing_takes_any_timeout(TimeSpan timeout)
    {
        await using var echo = new EchoStore();
        Assert.Equal("inserted", (await echo.Upsert()).Name);
        await echo.Client.CloseAsync(timeout);
        await echo.Runtime.CloseAsync(timeout);
    }

    [Fact]
    public async Task A_poll_interval_or_a_generation_out_of_range_is_refused()
    {
        using LanewayPlugins plugins = await LanewayPlugins.FromComponentsAsync(
            new Dictionary<string, ReadOnlyMemory<byte>> { ["a"] = await PluginFolders.Component("ed-fi/sexDescriptors") });
        await using var runtime = new LanewayRuntime(new LanewayRuntimeOptions { WorkerThreads = 1 });
        foreach (TimeSpan interval in (TimeSpan[])[TimeSpan.Zero, TimeSpan.FromMilliseconds(-5), TimeSpan.FromDays(1) + Tick, TimeSpan.MaxValue])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => plugins.Watch(runtime, "folder", interval));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => plugins.RollBack(-1));
        Assert.Throws<LanewayException>(() => plugins.RollBack(long.MaxValue));
    }

    /// <summary>The message that refuses a value; <c>null</c>: it is taken.</summary>
    private static async Task<string?> Refusal(Row row, object value)
    {
        object options = Set(row, value);
        try
        {
            switch (options)
            {
                case LanewayLimits limits:
                    return await RefusalOfLimits(limits);
                case LanewayRuntimeOptions runtime:
                    await new LanewayRuntime(runtime).DisposeAsync();
                    return null;
                case LanewayStoreOptions store:
                    await using (var runtime = new LanewayRuntime(new LanewayRuntimeOptions { WorkerThreads = 1 }))
                    {
                        // Nothing listens there: what is taken gets as far as connecting.
                        Exception? exception = await Record.ExceptionAsync(() => runtime.OpenAsync(store));
                        Assert.True(exception is ArgumentException or LanewayException, $"{exception}");
                        return (exception as ArgumentException)?.Message;
                    }

                case LanewayOptions host:
                    return Invalid(host);
                default:
                    await using (var echo = new EchoStore())
                    {
                        await echo.Client.UpsertAsync((UpsertRequest)options);
                    }

                    return null;
            }
        }
        catch (ArgumentException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>As above; a host says the same.</summary>
    private static async Task<string?> RefusalOfLimits(LanewayLimits limits)
    {
        string? inHost = Invalid(new LanewayOptions { ConnectionString = "Host=h", Limits = limits });
        try
        {
            await using (var echo = new EchoStore(limits))
            {
                echo.Client.SetLimits(limits);
            }

            Assert.Null(inHost);
            return null;
        }
        catch (ArgumentException exception)
        {
            Assert.Equal($"Limits:{exception.Message}", inHost);
            return exception.Message;
        }
    }

    private static object Set(Row row, object value)
    {
        object options = row.Type == typeof(UpsertRequest) ? EchoStore.Request()
            : row.Type == typeof(LanewayStoreOptions) ? new LanewayStoreOptions { ConnectionString = "Host=127.0.0.1;Port=1;Timeout=3" }
            : Activator.CreateInstance(row.Type)!;
        PropertyInfo property = row.Type.GetProperty(row.Name)!;
        property.SetValue(options, value);
        if (options is LanewayOptions host)
        {
            host.ConnectionString = "Host=h";
        }

        return options;
    }

    private static string? Invalid(LanewayOptions options) => new LanewayOptionsValidator().Validate(null, options).FailureMessage;

    /// <summary>A property with values that are refused and values that are taken.</summary>
    private sealed record Row(Type Type, string Name, object[] Refused, object[] Taken)
    {
        internal static Row Number<T>(string name, long min, long max)
        {
            Type type = typeof(T).GetProperty(name)!.PropertyType;
            type = Nullable.GetUnderlyingType(type) ?? type;
            long most = type == typeof(int) ? int.MaxValue : long.MaxValue;
            long least = type == typeof(int) ? int.MinValue : long.MinValue;
            IEnumerable<long> refused = new[] { least, -1, min - 1, Math.Min(max, most - 1) + 1, most }.Where(value => value < min || value > max);
            object Typed(long value) => Convert.ChangeType(value, type);
            return new Row(typeof(T), name, [.. refused.Select(Typed)], [Typed(min), Typed(max)]);
        }

        internal static Row Time<T>(string name, TimeSpan min, TimeSpan max) => new(
            typeof(T), name, [TimeSpan.MinValue, TimeSpan.FromMilliseconds(-5), min - Tick, max + Tick, TimeSpan.FromDays(50), TimeSpan.MaxValue],
            [min, max]);

        public override string ToString() => $"{Type.Name}.{Name}";
    }
}
