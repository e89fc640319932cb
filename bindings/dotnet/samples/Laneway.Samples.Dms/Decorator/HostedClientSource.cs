namespace Laneway.Samples.Dms;

using Laneway.Extensions.Hosting;

/// <summary>A store of the host's, by its name in the options.</summary>
/// <param name="stores">The host's.</param>
/// <param name="name">Names the one of the current request.</param>
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
            // Not open yet; not one of Laneway's; the host has not started.
            catch (Exception exception)
                when (exception is LanewayException or KeyNotFoundException or InvalidOperationException)
            {
                return null;
            }
        }
    }
}
