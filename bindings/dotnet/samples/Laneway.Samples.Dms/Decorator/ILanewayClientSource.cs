namespace Laneway.Samples.Dms;

using Laneway.Extensions.Hosting;

/// <summary>The store that the current request belongs to.</summary>
public interface ILanewayClientSource
{
    /// <summary>Its client; <c>null</c>: Laneway has not opened it (yet), and the old path serves the request.</summary>
    LanewayClient? Current { get; }
}

/// <summary>Of a DMS with one database.</summary>
public sealed class SingleStore(LanewayStores stores) : ILanewayClientSource
{
    /// <inheritdoc/>
    public LanewayClient? Current
    {
        get
        {
            try
            {
                return stores.Get();
            }
            catch (Exception exception) when (exception is LanewayException or InvalidOperationException or KeyNotFoundException)
            {
                return null;
            }
        }
    }
}
