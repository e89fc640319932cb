namespace Laneway;

using Laneway.Native;

/// <summary>Why a call failed: misuse, a store that cannot be opened, plugins that cannot be loaded. How an upsert
/// ended is an <see cref="UpsertOutcome"/>, never an exception.</summary>
public class LanewayException : Exception
{
    /// <summary>An exception without words.</summary>
    public LanewayException()
    {
    }

    /// <summary>An exception with a message.</summary>
    /// <param name="message">What happened, where, and what to do.</param>
    public LanewayException(string message)
        : base(message)
    {
    }

    /// <summary>An exception with a cause.</summary>
    /// <param name="message">What happened, where, and what to do.</param>
    /// <param name="innerException">What made it happen.</param>
    public LanewayException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal LanewayException(string message, NativeResult code, bool isRetriable)
        : base(message)
    {
        NativeErrorCode = (int)code;
        IsRetriable = isRetriable;
    }

    /// <summary>The C ABI's <c>laneway_result_t</c>; 0 where it was not the native library.</summary>
    public int NativeErrorCode { get; }

    /// <summary>Whether the same call may succeed later.</summary>
    public bool IsRetriable { get; }
}

/// <summary>The native library cannot be used: it is not there, or of another version.</summary>
public sealed class LanewayLibraryException : LanewayException
{
    /// <summary>An exception without words.</summary>
    public LanewayLibraryException()
    {
    }

    /// <summary>An exception with a message.</summary>
    /// <param name="message">What happened, where, and what to do.</param>
    public LanewayLibraryException(string message)
        : base(message)
    {
    }

    /// <summary>An exception with a cause.</summary>
    /// <param name="message">What happened, where, and what to do.</param>
    /// <param name="innerException">What made it happen.</param>
    public LanewayLibraryException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
