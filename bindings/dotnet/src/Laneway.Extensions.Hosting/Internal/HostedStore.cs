namespace Laneway.Extensions.Hosting.Internal;

/// <summary>One store of a host: being opened, open, or not to be opened for a reason; at last removed.</summary>
internal sealed class HostedStore(string name, string connectionString)
{
    private readonly object gate = new();
    private LanewayClient? client;

    internal string Name => name;

    internal string ConnectionString => connectionString;

    internal LanewayClient? Client => Volatile.Read(ref client);

    /// <summary>Why it could not be opened the last time.</summary>
    internal string? Problem { get; set; }

    internal bool IsRemoved { get; private set; }

    /// <summary>Takes the opened client; not if the store was removed meanwhile.</summary>
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

    /// <summary>Removes the store; the client that is to be closed.</summary>
    internal LanewayClient? Remove()
    {
        lock (gate)
        {
            IsRemoved = true;
            return client;
        }
    }

    /// <summary>What it has counted; nothing while it is not open.</summary>
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
