namespace Laneway.Tests;

using System.Reflection;
using Laneway.Extensions.Hosting;
using Laneway.Extensions.Hosting.Internal;
using Laneway.Native;

public sealed class LimitsTests
{
    // The library does not know of upserts that wait for room.
    private static readonly PropertyInfo[] Properties =
        [.. typeof(LanewayLimits).GetProperties().Where(property => property.Name != nameof(LanewayLimits.WaitersMax))];

    public static TheoryData<string, object, object> Bounds => new()
    {
        { nameof(LanewayLimits.Lanes), 16, 17 },
        { nameof(LanewayLimits.BatchItemsMax), 1, 0 },
        { nameof(LanewayLimits.BatchBytesMax), 1L << 40, (1L << 40) + 1 },
        { nameof(LanewayLimits.ExtractThreads), 256, 257 },
        { nameof(LanewayLimits.RetriesMax), 1000, 1001 },
        { nameof(LanewayLimits.Linger), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1) + TimeSpan.FromMicroseconds(1) },
        { nameof(LanewayLimits.LatencyObjective), TimeSpan.FromDays(1), TimeSpan.FromDays(1) + TimeSpan.FromMicroseconds(1) },
        { nameof(LanewayLimits.LockTimeout), TimeSpan.FromMilliseconds(1), TimeSpan.Zero },
        { nameof(LanewayLimits.StatementTimeout), TimeSpan.FromMilliseconds(int.MaxValue), TimeSpan.FromMilliseconds(int.MaxValue + 1L) },
        { nameof(LanewayLimits.IdleInTransactionTimeout), TimeSpan.FromMilliseconds(1), TimeSpan.Zero },
        { nameof(LanewayLimits.AnswerTimeout), TimeSpan.FromMilliseconds(1), TimeSpan.Zero },
        { nameof(LanewayLimits.OutageMax), TimeSpan.FromMilliseconds(1), TimeSpan.Zero },
        { nameof(LanewayLimits.ReferenceRecheck), TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(251) },
    };

    [Fact]
    public void Each_limit_of_the_library_can_be_set_by_its_own_property()
    {
        NativeLibraryLoader.Ensure();
        FieldInfo[] fields = [.. typeof(NativeLimits).GetFields().Where(field => field.Name is not (nameof(NativeLimits.StructSize) or "Reserved"))];
        Assert.Equal(fields.Length, Properties.Length);
        object unset = new LanewayLimits().ToNative();
        foreach (PropertyInfo property in Properties)
        {
            var limits = new LanewayLimits();
            Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            property.SetValue(limits, type == typeof(bool) ? true : type == typeof(TimeSpan) ? TimeSpan.FromMilliseconds(7) : Convert.ChangeType(7, type));
            object set = limits.ToNative();
            FieldInfo changed = Assert.Single(fields, field => !Equals(field.GetValue(unset), field.GetValue(set)));
            // The unit stands before "max" where the library puts it there.
            Assert.StartsWith(property.Name, changed.Name.Replace("MsMax", "Max", StringComparison.Ordinal), StringComparison.Ordinal);
            ulong expected = type == typeof(bool) ? 1u : changed.Name.EndsWith("Us", StringComparison.Ordinal) ? 7000u : 7u;
            Assert.Equal(expected, Convert.ToUInt64(changed.GetValue(set)));
        }
    }

    [Theory]
    [MemberData(nameof(Bounds))]
    public async Task Library_and_options_agree_on_the_range_of_a_limit(string name, object last, object beyond)
    {
        await using var runtime = new LanewayRuntime(new LanewayRuntimeOptions { WorkerThreads = 1 });
        PropertyInfo property = Properties.Single(property => property.Name == name);
        LanewayLimits With(object value)
        {
            var limits = new LanewayLimits();
            property.SetValue(limits, value);
            return limits;
        }

        string? Invalid(object value) => new LanewayOptionsValidator()
            .Validate(null, new LanewayOptions { ConnectionString = "Host=h", Limits = With(value) }).FailureMessage;
        await runtime.OpenEcho(With(last)).DisposeAsync();
        Assert.Null(Invalid(last));
        Assert.Throws<ArgumentException>(() => runtime.OpenEcho(With(beyond)));
        Assert.Equal(NativeResult.Argument, OpenedByTheLibraryItself(runtime, With(beyond)));
        Assert.Contains($"{name} is ", Invalid(beyond), StringComparison.Ordinal);
    }

    private static unsafe NativeResult OpenedByTheLibraryItself(LanewayRuntime runtime, LanewayLimits limits)
    {
        NativeLimits native = limits.ToNativeUnchecked();
        ulong store;
        return NativeMethods.StoreOpenEcho(runtime.Core.Handle, &native, &store, null);
    }
}
