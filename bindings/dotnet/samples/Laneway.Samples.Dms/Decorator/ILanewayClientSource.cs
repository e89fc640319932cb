namespace Laneway.Samples.Dms;

/// <summary>The store that the current request belongs to.</summary>
public interface ILanewayClientSource
{
    /// <summary>Its client; <c>null</c>: Laneway has not opened it (yet), and the old path serves the request.</summary>
    LanewayClient? Current { get; }
}
