namespace Laneway.Internal;

/// <summary>All operations of a runtime: found by token, reused without allocation and without a lock.</summary>
internal sealed class OperationTable
{
    private const int BlockSize = 256;

    private readonly object growing = new();
    private volatile Operation[][] blocks = [];

    // A lock-free stack of the free ones. Lower half: the first one's index + 1; upper half: a count of changes, so that a
    // head that was popped and pushed again between our read and our exchange is not mistaken for the same (ABA).
    private ulong head;

    /// <summary>Takes a free operation.</summary>
    internal Operation Rent()
    {
        while (true)
        {
            ulong seen = Volatile.Read(ref head);
            uint first = (uint)seen;
            if (first == 0)
            {
                Grow();
                continue;
            }

            // NextFree may be stale if another thread has popped this one: then the count has changed and the exchange fails.
            Operation operation = At(first - 1);
            ulong next = (seen & 0xffff_ffff_0000_0000) + (1UL << 32) + operation.NextFree;
            if (Interlocked.CompareExchange(ref head, next, seen) == seen)
            {
                return operation;
            }
        }
    }

    /// <summary>Returns an operation.</summary>
    internal void Return(Operation operation, uint index)
    {
        while (true)
        {
            ulong seen = Volatile.Read(ref head);
            operation.NextFree = (uint)seen;
            ulong next = (seen & 0xffff_ffff_0000_0000) + (1UL << 32) + index + 1;
            if (Interlocked.CompareExchange(ref head, next, seen) == seen)
            {
                return;
            }
        }
    }

    /// <summary>The operation that a token identifies, unless its end is claimed already.</summary>
    internal Operation? Find(ulong token)
    {
        uint index = (uint)token;
        if (index >= (uint)(blocks.Length * BlockSize))
        {
            return null;
        }

        Operation operation = At(index);
        return operation.Open == (uint)(token >> 32) ? operation : null;
    }

    /// <summary>All operations, free or in use.</summary>
    internal IEnumerable<Operation> All() => blocks.SelectMany(block => block);

    private Operation At(uint index) => blocks[index / BlockSize][index % BlockSize];

    private void Grow()
    {
        // One thread grows the table; those that found it empty at the same time find its new block.
        lock (growing)
        {
            if ((uint)Volatile.Read(ref head) != 0)
            {
                return;
            }

            uint start = (uint)(blocks.Length * BlockSize);
            var block = new Operation[BlockSize];
            for (uint at = 0; at < BlockSize; at++)
            {
                block[at] = new Operation(this, start + at);
            }

            // Visible to readers before any index into it is on the free list.
            blocks = [.. blocks, block];
            for (uint at = 0; at < BlockSize; at++)
            {
                Return(block[at], start + at);
            }
        }
    }
}
