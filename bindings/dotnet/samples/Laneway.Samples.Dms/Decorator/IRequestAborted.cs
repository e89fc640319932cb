namespace Laneway.Samples.Dms;

/// <summary>Signals that the current request's caller has disconnected. In 0.7 the repository's methods take no token, so a
/// frontend that wants such upserts cancelled registers this.</summary>
public interface IRequestAborted
{
    /// <summary>The request's token.</summary>
    CancellationToken Token { get; }
}
