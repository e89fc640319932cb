namespace Laneway.Benchmarks;

using System.Threading.Channels;

/// <summary>The same echo as one writes it in C#: a channel, one reader, a task completion source for each caller. It
/// copies the document, as anyone must who keeps it beyond the call.</summary>
internal sealed class ChannelEcho : IAsyncDisposable
{
    private readonly Channel<(byte[] Document, Guid Id, TaskCompletionSource<Guid> Result)> channel =
        Channel.CreateBounded<(byte[], Guid, TaskCompletionSource<Guid>)>(
            new BoundedChannelOptions(16_384) { SingleReader = true });

    private readonly Task reader;

    internal ChannelEcho() => reader = Task.Run(Read);

    internal async Task<Guid> UpsertAsync(ReadOnlyMemory<byte> document, Guid id)
    {
        var result = new TaskCompletionSource<Guid>(TaskCreationOptions.RunContinuationsAsynchronously);
        await channel.Writer.WriteAsync((document.ToArray(), id, result)).ConfigureAwait(false);
        return await result.Task.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        channel.Writer.Complete();
        await reader.ConfigureAwait(false);
    }

    private async Task Read()
    {
        await foreach ((_, Guid id, TaskCompletionSource<Guid> result) in channel.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            result.SetResult(id);
        }
    }
}
