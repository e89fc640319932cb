namespace Laneway.Native;

using System.Runtime.CompilerServices;
using System.Text;

/// <summary>Converts the C ABI's errors to exceptions.</summary>
internal static unsafe class NativeCalls
{
    /// <summary>An error struct to pass to a call.</summary>
    internal static NativeError NewError()
    {
        // A call that fails writes the whole message, and after one that succeeds it is not read: zeroing 512 bytes for
        // every call would be wasted.
        Unsafe.SkipInit(out NativeError error);
        error.StructSize = (uint)sizeof(NativeError);
        error.RetryAfterMs = 0;
        return error;
    }

    /// <summary>Throws a call's error, unless it succeeded.</summary>
    internal static void Check(NativeResult code, in NativeError error)
    {
        if (code != NativeResult.Ok)
        {
            throw Exception(code, in error);
        }
    }

    internal static Exception Exception(NativeResult code, in NativeError error)
    {
        string message = Message(in error);
        return code switch
        {
            NativeResult.Argument => new ArgumentException(message),
            // A handle is unknown only once its object was disposed of.
            NativeResult.Closed or NativeResult.Handle => new ObjectDisposedException(null, message),
            _ => new LanewayException(message, code, error.Retriable != 0),
        };
    }

    private static string Message(in NativeError error)
    {
        fixed (byte* message = error.Message)
        {
            int length = new ReadOnlySpan<byte>(message, 512).IndexOf((byte)0);
            return Encoding.UTF8.GetString(message, length < 0 ? 512 : length);
        }
    }
}
