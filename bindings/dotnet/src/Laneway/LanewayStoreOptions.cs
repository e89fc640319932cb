namespace Laneway;

using Laneway.Internal;
using Laneway.Native;

/// <summary>Options of a store.</summary>
public sealed record LanewayStoreOptions
{
    /// <summary>The database: an Npgsql connection string, or one of libpq's forms, a URL
    /// (<c>postgres://user:password@host:port/database</c>) or <c>host=… user=…</c>. A word that is not supported is
    /// refused by name.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>Checks a connection string without connecting. The files that it names are read.</summary>
    /// <param name="connectionString">As in <see cref="ConnectionString"/>.</param>
    /// <exception cref="ArgumentException">It cannot be used; the message says why, and shows no password.</exception>
    public static unsafe void CheckConnectionString(string connectionString)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        // A host checks its options before it has a runtime.
        NativeLibraryLoader.Ensure();
        using var text = new NativeString(connectionString);
        NativeStoreOptions options = LanewayRuntime.DefaultOptions(text);
        NativeError error = NativeCalls.NewError();
        NativeCalls.Check(NativeMethods.StoreOptionsCheck(&options, &error), in error);
    }

    /// <summary>The plugins; <c>null</c>: none, and every upsert needs an extraction
    /// (<see cref="UpsertRequest.Extraction"/>).</summary>
    public LanewayPlugins? Plugins { get; init; }

    /// <summary>The store's limits.</summary>
    public LanewayLimits Limits { get; init; } = new();

    /// <summary>The most connections that flushes use at a time; <c>null</c>: as many as flushes may run at a time
    /// (<see cref="LanewayLimits.FlushesConcurrentMax"/> + <see cref="LanewayLimits.SingleConcurrentMax"/> + 1). Fewer than that
    /// are refused, here and when limits change. A server that grants fewer is no error.</summary>
    public int? ConnectionsMax { get; init; }

    /// <summary>What is coerced in documents before they are extracted and stored; not in those that come with an extraction.
    /// A part of an identity that would be coerced, and is not, makes the document
    /// <see cref="UpsertOutcome.InvalidDocument"/>: it would be a second one beside that in the other form.</summary>
    public LanewayCoercion Coercion { get; init; }

    /// <summary>How transactions are isolated from those of other sessions.</summary>
    public LanewayIsolation Isolation { get; init; }

    /// <summary>The options without the connection string, which may contain a password.</summary>
    public override string ToString() =>
        $"{nameof(LanewayStoreOptions)} {{ Plugins = {Plugins}, Limits = {Limits}, ConnectionsMax = {ConnectionsMax}, Coercion = {Coercion}, Isolation = {Isolation} }}";

    internal void Check() => Limits.Checked().Number(nameof(ConnectionsMax), ConnectionsMax, 1, int.MaxValue)
        .Named(nameof(Coercion), Coercion).Named(nameof(Isolation), Isolation).Check();
}
