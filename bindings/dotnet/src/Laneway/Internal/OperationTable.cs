namespace Laneway.Internal;

/// <summary>All operations of a runtime: found by token, reused without an allocation and without a lock.</summary>
internal sealed class OperationTable
{
    private const int BlockSize = 256;

    private readonly object growing = new();
    private volatile Operation[][] blocks = [];

    // The free ones form a list: the index + 1 of the first, and a count of changes above it, so that a head that was
    // taken and came back is not mistaken for the same.
    private ulong head;

    /// <summary>One that is free.</summary>
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

            Operation operation = At(first - 1);
            ulong next = (seen & 0xffff_ffff_0000_0000) + (1UL << 32) + operation.NextFree;
            if (Interlocked.CompareExchange(ref head, next, seen) == seen)
            {
                return operation;
            }
        }
    }

    /// <summary>Takes one back.</summary>
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

    /// <summary>The operation that a token names, if nobody has ended it.</summary>
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

    /// <summary>All there are, free or in use.</summary>
    internal IEnumerable<Operation> All() => blocks.SelectMany(block => block);

    private Operation At(uint index) => blocks[index / BlockSize][index % BlockSize];

    private void Grow()
    {
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

            blocks = [.. blocks, block];
            for (uint at = 0; at < BlockSize; at++)
            {
                Return(block[at], start + at);
            }
        }
    }
}
