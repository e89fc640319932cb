namespace Laneway.Native;

using System.Runtime.CompilerServices;
using System.Text;

/// <summary>What calls have in common: errors as exceptions, texts as bytes.</summary>
internal static unsafe class NativeCalls
{
    /// <summary>An error struct, ready to be handed to a call.</summary>
    internal static NativeError NewError()
    {
        // What fails writes all of it, and what does not is not read: 512 bytes need no zeros for every call.
        Unsafe.SkipInit(out NativeError error);
        error.StructSize = (uint)sizeof(NativeError);
        error.RetryAfterMs = 0;
        return error;
    }

    /// <summary>Throws what a call said, unless it worked.</summary>
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
            NativeResult.Closed => new ObjectDisposedException(null, message),
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
