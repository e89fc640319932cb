namespace Laneway.Internal;

using System.Threading.Tasks.Sources;

/// <summary>What <see cref="ManualResetValueTaskSourceCore{TResult}"/> does, for callers that make mistakes. Each call first
/// claims, in one word that also holds the version, the right to what it is about to do. So a call that comes too early, too
/// late, twice, or from several threads throws, and changes nothing. Versions are not repeated: an object is given up when it
/// has used all of them.</summary>
/// <remarks>
/// The flags of one use, in the order in which they are set; the first two are missing where the result is taken without
/// waiting:
/// <code>
/// Claimed     one caller registers its continuation
/// Registered  the continuation is written
/// Ended       outcome or failure is written (may come before the other two)
/// Detached    nothing but the caller's ValueTask refers to the object any more (may be missing)
/// Taken       the result has been taken; a new version follows
/// </code>
/// </remarks>
internal struct GuardedValueTaskSourceCore
{
    private const int Claimed = 1, Registered = 2, Ended = 4, Failed = 8, Withdrawn = 16, Detached = 32, Taken = 64;
    private const int VersionShift = 16;

    private int state;
    private Continuation continuation;
    private UpsertOutcome? outcome;
    private Exception? failure;

    /// <summary>The version that a <see cref="ValueTask{TResult}"/> made now must present.</summary>
    internal readonly short Version => VersionOf(state);

    /// <summary>Whether it has ended, and how.</summary>
    /// <exception cref="InvalidOperationException">The result has been taken.</exception>
    internal readonly ValueTaskSourceStatus GetStatus(short version)
    {
        int seen = Look(version);
        return (seen & Ended) == 0 ? ValueTaskSourceStatus.Pending
            : (seen & Withdrawn) != 0 ? ValueTaskSourceStatus.Canceled
            : (seen & Failed) != 0 ? ValueTaskSourceStatus.Faulted
            : ValueTaskSourceStatus.Succeeded;
    }

    /// <summary>Registers what runs at the end; runs it soon if the end has come.</summary>
    /// <exception cref="InvalidOperationException">Something is registered already, or the result has been taken.</exception>
    internal void OnCompleted(in Continuation next, short version)
    {
        int seen;
        do
        {
            seen = Look(version);
            if ((seen & Ended) != 0)
            {
                next.Queue();
                return;
            }

            if ((seen & Claimed) != 0)
            {
                throw new InvalidOperationException("The upsert is awaited already: await the ValueTask of UpsertAsync exactly once.");
            }
        }
        while (!TrySet(Claimed, seen));
        continuation = next;
        while (true)
        {
            seen = Volatile.Read(ref state);
            bool ended = (seen & Ended) != 0;
            if (ended)
            {
                // Before the flag is set: from then on the result may be taken, and the object be reused.
                continuation = default;
            }

            if (TrySet(Registered, seen))
            {
                if (ended)
                {
                    next.Queue();
                }

                return;
            }
        }
    }

    /// <summary>Sets the result. Called once a version.</summary>
    /// <returns>What to run now.</returns>
    internal Continuation End(UpsertOutcome? result, Exception? exception)
    {
        outcome = result;
        int flags = Ended;
        if (exception is not null)
        {
            failure = exception;
            flags |= exception is OperationCanceledException ? Withdrawn : Failed;
        }

        while (true)
        {
            int seen = Volatile.Read(ref state);
            if ((seen & Registered) == 0)
            {
                if (TrySet(flags, seen))
                {
                    return default;
                }

                continue;
            }

            // Before the flags are set, as above.
            Continuation next = continuation;
            continuation = default;
            // Not interlocked: between Registered and Ended no call changes the word, but each that comes too early throws.
            Volatile.Write(ref state, seen | flags);
            return next;
        }
    }

    /// <summary>Takes the result; it then has to be <see cref="Renew">renewed</see>.</summary>
    /// <exception cref="InvalidOperationException">The end has not come, or the result has been taken.</exception>
    /// <returns>The outcome or the failure, and whether it was detached.</returns>
    internal (UpsertOutcome? Outcome, Exception? Failure, bool WasDetached) Take(short version)
    {
        int seen;
        do
        {
            seen = Look(version);
            if ((seen & Ended) == 0 || (seen & (Claimed | Registered)) == Claimed)
            {
                throw new InvalidOperationException(
                    "The upsert has not ended: await the ValueTask of UpsertAsync, or turn it into a Task by AsTask.");
            }
        }
        while (!TrySet(Taken, seen));
        var result = (outcome, failure, (seen & Detached) != 0);
        outcome = null;
        if ((seen & (Failed | Withdrawn)) != 0)
        {
            failure = null;
        }

        return result;
    }

    /// <summary>Sets that nothing but the caller's ValueTask refers to the object; <c>false</c>: the result has been taken.
    /// </summary>
    internal bool TryDetach(short version)
    {
        int seen;
        do
        {
            seen = Volatile.Read(ref state);
            if (VersionOf(seen) != version || (seen & Taken) != 0)
            {
                return false;
            }
        }
        while (!TrySet(Detached, seen));
        return true;
    }

    /// <summary>Begins a new version; <c>false</c>: all have been used.</summary>
    internal bool Renew()
    {
        int next = (state >>> VersionShift) + 1;
        if (next > ushort.MaxValue)
        {
            return false;
        }

        Volatile.Write(ref state, next << VersionShift);
        return true;
    }

    private static short VersionOf(int state) => (short)(state >> VersionShift);

    private readonly int Look(short version)
    {
        int seen = Volatile.Read(in state);
        if (VersionOf(seen) != version || (seen & Taken) != 0)
        {
            throw new InvalidOperationException(
                "The upsert's outcome has been taken already: await the ValueTask of UpsertAsync exactly once, or turn it into a Task by AsTask.");
        }

        return seen;
    }

    private bool TrySet(int flags, int seen) => Interlocked.CompareExchange(ref state, seen | flags, seen) == seen;
}
