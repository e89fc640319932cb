namespace Laneway.Samples.Dms;

/// <summary>Tells when the current request's caller has gone. The repository's members of 0.7 take no token, so the frontend
/// registers this where it wants such upserts taken back.</summary>
public interface IRequestAborted
{
    /// <summary>The request's token.</summary>
    CancellationToken Token { get; }
}
