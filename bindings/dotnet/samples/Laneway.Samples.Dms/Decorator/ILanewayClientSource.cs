namespace Laneway.Samples.Dms;

/// <summary>Finds the current request's store.</summary>
public interface ILanewayClientSource
{
    /// <summary>The store's client; <c>null</c> if Laneway has not opened the store (yet): the request takes the old path.
    /// </summary>
    LanewayClient? Current { get; }
}
