namespace Laneway;

using System.Globalization;
using System.Text;
using System.Text.Json;
using Laneway.Native;

/// <summary>A client's counters since it was opened, and its current state.</summary>
public sealed record LanewayStats
{
    private static readonly string[] OutcomeNames =
        [.. Enum.GetNames<NativeOutcome>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];

    private static readonly string[] ReasonNames =
        ["idle", "items", "bytes", "linger", "cycle", "checkpoint", "drain", "single", "locked"];

    // More than the name of a table, of a server or of an application takes.
    private const int WaitBytesMax = 1024;

    private readonly NativeStats native;

    internal LanewayStats(
        NativeStats native, string? wait, long itemsMax, IReadOnlyDictionary<string, long> outcomes,
        IReadOnlyDictionary<string, long> flushReasons) =>
        (this.native, Wait, ItemsMax, Outcomes, FlushReasons) = (native, wait, itemsMax, outcomes, flushReasons);

    /// <summary>Upserts accepted.</summary>
    public long Accepted => (long)native.Accepted;

    /// <summary>Upserts accepted and not ended.</summary>
    public long Pending => (long)native.Pending;

    /// <summary>How long the oldest pending upsert has been pending; zero: none is.</summary>
    public TimeSpan OldestPending => TimeSpan.FromMicroseconds(native.OldestPendingUs);

    /// <summary>What flushes wait for now, other than their turn: "waits for a lock on dms.document held by pid 12, application
    /// 'psql', role 'admin', for 31 s", or for a synchronous standby, or for the database itself, with the reason that it cannot
    /// be used. Never contains a password. <c>null</c>: nothing is known to be waited for.</summary>
    public string? Wait { get; }

    /// <summary>The most upserts that may be pending (<see cref="LanewayLimits.StoreItemsMax"/>).</summary>
    public long ItemsMax { get; }

    /// <summary>Upserts ended, by outcome (<see cref="UpsertOutcome.Name"/>, and <c>cancelled</c>).</summary>
    public IReadOnlyDictionary<string, long> Outcomes { get; }

    /// <summary>Of the upserts that ended as <c>failed</c>, those whose document is at fault
    /// (<see cref="UpsertOutcome.Failed.IsDocumentAtFault"/>).</summary>
    public long DocumentsAtFault => (long)native.DocumentsAtFault;

    /// <summary>Flushes started, by reason.</summary>
    public IReadOnlyDictionary<string, long> FlushReasons { get; }

    /// <summary>Upserts carried by flushes. One that is flushed twice counts twice.</summary>
    public long BatchedOperations => (long)native.BatchOperations;

    /// <summary>Upserts that ran in their own transaction although batching was on.</summary>
    public long Singles => (long)native.Singles;

    /// <summary>Flushes whose connection was lost.</summary>
    public long FlushesLost => (long)native.FlushesLost;

    /// <summary>Transactions begun.</summary>
    public long Transactions => (long)native.Transactions;

    /// <summary>How often a flush waited for the server.</summary>
    public long RoundTrips => (long)native.RoundTrips;

    /// <summary>Transactions retried after a failure.</summary>
    public long Retries => (long)native.Retries;

    /// <summary>The median of the times from acceptance to the end.</summary>
    public TimeSpan LatencyP50 => TimeSpan.FromMicroseconds(native.LatencyP50Us);

    /// <summary>The 95th percentile of those times.</summary>
    public TimeSpan LatencyP95 => TimeSpan.FromMicroseconds(native.LatencyP95Us);

    /// <summary>The 99th percentile of those times.</summary>
    public TimeSpan LatencyP99 => TimeSpan.FromMicroseconds(native.LatencyP99Us);

    /// <summary>The counters that are not 0, by name, and what is waited for.</summary>
    public override string ToString()
    {
        IEnumerable<KeyValuePair<string, long>> counters =
        [
            new("accepted", Accepted), new("pending", Pending), .. Outcomes, .. FlushReasons.Select(reason =>
                KeyValuePair.Create("flushes_" + reason.Key, reason.Value)),
            new("batched_operations", BatchedOperations), new("singles", Singles), new("transactions", Transactions),
            new("retries", Retries), new("round_trips", RoundTrips), new("flushes_lost", FlushesLost),
        ];
        IEnumerable<string> texts = counters.Where(one => one.Value != 0).Select(
            one => string.Create(CultureInfo.InvariantCulture, $"{one.Key} {one.Value}"));
        return string.Join(", ", Wait is null ? texts : texts.Append(Wait));
    }

    /// <summary>Reads all counters in one call, so that they fit together.</summary>
    internal static unsafe LanewayStats Read(ulong store, long itemsMax)
    {
        // As many as this assembly has names for; the library may count more.
        ulong* outcomes = stackalloc ulong[OutcomeNames.Length], reasons = stackalloc ulong[ReasonNames.Length];
        byte* wait = stackalloc byte[WaitBytesMax];
        new Span<byte>(wait, WaitBytesMax).Clear();
        var native = new NativeStats
        {
            StructSize = (uint)sizeof(NativeStats),
            Outcomes = outcomes,
            OutcomesCapacity = (nuint)OutcomeNames.Length,
            FlushReasons = reasons,
            FlushReasonsCapacity = (nuint)ReasonNames.Length,
            Wait = wait,
            WaitCapacity = WaitBytesMax,
        };
        NativeError error = NativeCalls.NewError();
        NativeCalls.Check(NativeMethods.StoreGetStats(store, &native, &error), in error);
        int waitLength = (int)Math.Min(native.WaitLen, WaitBytesMax);
        return new LanewayStats(
            native with { Outcomes = null, FlushReasons = null, Wait = null },
            // Where it is longer, its last character may be cut: what is left of the buffer is 0.
            waitLength == 0 ? null : Encoding.UTF8.GetString(wait, waitLength).TrimEnd('\0'), itemsMax,
            Named(OutcomeNames, outcomes), Named(ReasonNames, reasons));
    }

    private static unsafe Dictionary<string, long> Named(string[] names, ulong* counters)
    {
        var named = new Dictionary<string, long>(names.Length);
        foreach (string name in names)
        {
            named.Add(name, (long)*counters++);
        }

        return named;
    }
}
