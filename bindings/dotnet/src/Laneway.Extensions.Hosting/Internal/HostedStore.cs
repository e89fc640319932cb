namespace Laneway.Extensions.Hosting.Internal;

/// <summary>A store of a host: being opened, open, or failed to open; finally removed.</summary>
internal sealed class HostedStore(string name, string connectionString)
{
    // Orders the arrival of an opened client against the store's removal: one of the two closes the client.
    private readonly object gate = new();
    private readonly StoreProgress progress = new();
    private LanewayClient? client;

    internal string Name => name;

    internal string ConnectionString => connectionString;

    internal LanewayClient? Client => Volatile.Read(ref client);

    /// <summary>Why the last attempt to open it failed.</summary>
    internal string? Problem { get; set; }

    internal bool IsRemoved { get; private set; }

    /// <summary>Sets the opened client; <c>false</c>: the store was removed meanwhile.</summary>
    internal bool Put(LanewayClient opened)
    {
        lock (gate)
        {
            if (!IsRemoved)
            {
                client = opened;
                Problem = null;
            }

            return !IsRemoved;
        }
    }

    /// <summary>Removes the store. Returns the client to close, if it is open.</summary>
    internal LanewayClient? Remove()
    {
        lock (gate)
        {
            IsRemoved = true;
            return client;
        }
    }

    /// <summary>Whether the store batches; <c>null</c> while it is not open.</summary>
    internal bool? Batching
    {
        get
        {
            try
            {
                return Client?.Batching;
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
        }
    }

    /// <summary>Takes a reading of the counters, and returns them with what the readings say so far; <c>null</c> while the
    /// store is not open.</summary>
    internal (LanewayStats Stats, TimeSpan Silence)? Look(TimeSpan now)
    {
        if (Stats() is not { } stats)
        {
            return null;
        }

        lock (progress)
        {
            progress.Note(now, StoreProgress.Counts.Of(stats));
            return (stats, progress.Silence(now));
        }
    }

    /// <summary>The client's counters; <c>null</c> while it is not open.</summary>
    internal LanewayStats? Stats()
    {
        try
        {
            return Client?.GetStats();
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
    }
}
