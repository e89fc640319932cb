namespace Laneway;

using Laneway.Native;

/// <summary>A call failed: a store cannot be opened, plugins cannot be loaded, the native library could not take an upsert.
/// An upsert that was accepted ends with an <see cref="UpsertOutcome"/>, never with this exception.</summary>
public class LanewayException : Exception
{
    /// <summary>Creates an exception, for instance to simulate a failure in a host's tests.</summary>
    /// <param name="message">What happened, where, and what to do.</param>
    public LanewayException(string message)
        : base(message)
    {
    }

    internal LanewayException(string message, NativeResult code, bool isRetriable)
        : base(message)
    {
        NativeErrorCode = (int)code;
        IsRetriable = isRetriable;
    }

    /// <summary>The C ABI's <c>laneway_result_t</c>; 0 if the error is not the native library's.</summary>
    public int NativeErrorCode { get; }

    /// <summary>Whether the same call may succeed later.</summary>
    public bool IsRetriable { get; }
}

/// <summary>The native library cannot be used: it is missing, or of another version.</summary>
public sealed class LanewayLibraryException : LanewayException
{
    internal LanewayLibraryException(string message)
        : base(message)
    {
    }
}
