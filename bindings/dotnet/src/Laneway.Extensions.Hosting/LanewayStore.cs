namespace Laneway.Extensions.Hosting;

/// <summary>One of a host's stores, to be injected: by itself that of <see cref="LanewayOptions.ConnectionString"/>, by
/// <c>[FromKeyedServices("name")]</c> any other. May be injected before the host has started; it is looked up at each use.
/// </summary>
public sealed class LanewayStore
{
    private readonly LanewayStores stores;

    internal LanewayStore(LanewayStores stores, string name) => (this.stores, Name) = (stores, name);

    /// <summary>The store's name.</summary>
    public string Name { get; }

    /// <summary>The client, as <see cref="LanewayStores.Get"/> returns it.</summary>
    /// <exception cref="KeyNotFoundException">There is no such store.</exception>
    /// <exception cref="LanewayException">The store is not open (yet); the message says why.</exception>
    /// <exception cref="InvalidOperationException">The host has not started.</exception>
    public LanewayClient Client => stores.Get(Name);

    /// <summary>Upserts a document, as <see cref="LanewayClient.UpsertAsync"/> does.</summary>
    /// <param name="request">The upsert.</param>
    /// <param name="cancellationToken">Withdraws the upsert, as long as it is not being written.</param>
    /// <returns>The outcome. Await it exactly once.</returns>
    /// <exception cref="LanewayException">The store is not open (yet), or the native library could not take the upsert.
    /// </exception>
    public ValueTask<UpsertOutcome> UpsertAsync(in UpsertRequest request, CancellationToken cancellationToken = default) =>
        Client.UpsertAsync(in request, cancellationToken);
}
