namespace Laneway.Samples.Dms;

using Laneway.Extensions.Hosting;

/// <summary>A store of the host's, by its name in the options.</summary>
/// <param name="stores">The host's stores.</param>
/// <param name="name">Returns the name of the current request's store.</param>
public sealed class HostedClientSource(LanewayStores stores, Func<string> name) : ILanewayClientSource
{
    /// <inheritdoc/>
    public LanewayClient? Current
    {
        get
        {
            try
            {
                return stores.Get(name());
            }
            // The store is not open yet, Laneway has no store of that name, or the host has not started.
            catch (Exception exception)
                when (exception is LanewayException or KeyNotFoundException or InvalidOperationException)
            {
                return null;
            }
        }
    }
}
