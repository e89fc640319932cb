namespace Laneway.Internal;

/// <summary>The pending operations of a runtime, found by token, and objects to reuse, without allocation and without a lock.
/// An operation has a slot from its begin to its end; a slot may also keep an object for the next.</summary>
internal sealed class OperationTable
{
    private const int BlockSize = 256;

    private readonly object growing = new();
    private volatile Slot[][] blocks = [];

    // Lock-free stacks of the slots that are not in use: those with an object to reuse, and those without. Lower half: the
    // first one's index + 1; upper half: a count of changes, so that a head that was popped and pushed again between our read
    // and our exchange is not mistaken for the same (ABA).
    private ulong spare;
    private ulong vacant;

    /// <summary>The number of slots.</summary>
    internal int Capacity => blocks.Length * BlockSize;

    /// <summary>Takes an operation that is not in use, with a slot and a token of its own.</summary>
    internal Operation Rent()
    {
        uint index;
        if (!TryPop(ref spare, out index))
        {
            while (!TryPop(ref vacant, out index))
            {
                Grow();
            }

            Volatile.Write(ref At(index).Operation, new Operation(this));
        }

        ref Slot slot = ref At(index);
        // 0 is no generation: no token is 0.
        slot.Generation = slot.Generation == uint.MaxValue ? 1 : slot.Generation + 1;
        Operation operation = slot.Operation!;
        operation.Token = ((ulong)slot.Generation << 32) | index;
        return operation;
    }

    /// <summary>Ends the use of a slot, and keeps its operation for another.</summary>
    internal void Return(uint index) => Push(ref spare, index);

    /// <summary>Ends the use of a slot whose operation is not to be reused, or not yet.</summary>
    internal void Vacate(uint index)
    {
        Volatile.Write(ref At(index).Operation, null);
        Push(ref vacant, index);
    }

    /// <summary>Keeps an operation without a slot for another use; gives it up if no slot is vacant.</summary>
    internal void Adopt(Operation operation)
    {
        if (TryPop(ref vacant, out uint index))
        {
            Volatile.Write(ref At(index).Operation, operation);
            Push(ref spare, index);
        }
    }

    /// <summary>The operation that a token identifies, unless its end is claimed already.</summary>
    internal Operation? Find(ulong token)
    {
        uint index = (uint)token;
        return index < (uint)Capacity && Volatile.Read(ref At(index).Operation) is { } operation && operation.Open == token
            ? operation
            : null;
    }

    /// <summary>All operations that are in a slot, in use or not.</summary>
    internal IEnumerable<Operation> All() =>
        blocks.SelectMany(block => block).Select(slot => slot.Operation).OfType<Operation>();

    private ref Slot At(uint index) => ref blocks[index / BlockSize][index % BlockSize];

    private bool TryPop(ref ulong head, out uint index)
    {
        while (true)
        {
            ulong seen = Volatile.Read(ref head);
            uint first = (uint)seen;
            index = first - 1;
            if (first == 0)
            {
                return false;
            }

            // Next may be stale if another thread has popped this one: then the count has changed and the exchange fails.
            ulong next = (seen & 0xffff_ffff_0000_0000) + (1UL << 32) + At(index).Next;
            if (Interlocked.CompareExchange(ref head, next, seen) == seen)
            {
                return true;
            }
        }
    }

    private void Push(ref ulong head, uint index)
    {
        while (true)
        {
            ulong seen = Volatile.Read(ref head);
            At(index).Next = (uint)seen;
            ulong next = (seen & 0xffff_ffff_0000_0000) + (1UL << 32) + index + 1;
            if (Interlocked.CompareExchange(ref head, next, seen) == seen)
            {
                return;
            }
        }
    }

    private void Grow()
    {
        // One thread grows the table; those that found it empty at the same time find its new block.
        lock (growing)
        {
            if ((uint)Volatile.Read(ref vacant) != 0)
            {
                return;
            }

            uint start = (uint)Capacity;
            // Visible to readers before any index into it is on a stack.
            blocks = [.. blocks, new Slot[BlockSize]];
            for (uint at = 0; at < BlockSize; at++)
            {
                Push(ref vacant, start + at);
            }
        }
    }

    private struct Slot
    {
        internal Operation? Operation;

        // Of the latest use.
        internal uint Generation;

        // On a stack: the next one's index + 1.
        internal uint Next;
    }
}
