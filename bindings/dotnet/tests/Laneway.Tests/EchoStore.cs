namespace Laneway.Tests;

using Laneway.Native;

/// <summary>A test's own echo store, with upserts for it.</summary>
internal sealed class EchoStore : IAsyncDisposable
{
    private static readonly byte[] Document = "{\"schoolId\":1}"u8.ToArray();

    internal EchoStore(LanewayLimits? limits = null, LanewayRuntimeOptions? options = null)
    {
        Runtime = new LanewayRuntime(options ?? new LanewayRuntimeOptions { WorkerThreads = 1 });
        Client = Runtime.OpenEcho(limits);
    }

    internal LanewayRuntime Runtime { get; }

    internal LanewayClient Client { get; }

    internal static UpsertRequest Request(string endpoint = "inserted") =>
        new() { Project = "ed-fi", Endpoint = endpoint, Document = Document, DocumentUuid = Guid.NewGuid() };

    /// <summary>Counters as of a store whose oldest pending upsert has been pending for so long, and what it waits for.</summary>
    internal static LanewayStats Stats(TimeSpan oldestPending, string? wait) => new(
        new NativeStats { OldestPendingUs = (ulong)oldestPending.TotalMicroseconds }, wait, itemsMax: 10,
        new Dictionary<string, long>(), new Dictionary<string, long>());

    internal ValueTask<UpsertOutcome> Upsert(string endpoint = "inserted") => Client.UpsertAsync(Request(endpoint));

    public ValueTask DisposeAsync() => Runtime.DisposeAsync();
}
