namespace Laneway.Internal;

using System.Runtime.InteropServices;
using Laneway.Native;

/// <summary>Authorization strategies in the C ABI's form, in one block of native memory.</summary>
internal readonly unsafe ref struct NativeStrategies
{
    private readonly void* memory;

    internal NativeStrategies(IReadOnlyList<AuthorizationStrategy>? strategies)
    {
        if (strategies is not { Count: > 0 })
        {
            return;
        }

        int filters = 0, texts = 0;
        foreach (AuthorizationStrategy strategy in strategies)
        {
            filters += strategy.Filters.Count;
            texts += Utf8Text.SizeMax(strategy.Name) + strategy.Filters.Sum(Utf8Text.SizeMax);
        }

        Count = (nuint)strategies.Count;
        memory = NativeMemory.Alloc(Count * (nuint)sizeof(NativeStrategy) + (nuint)(filters * sizeof(NativeText) + texts));
        First = (NativeStrategy*)memory;
        var filter = (NativeText*)(First + strategies.Count);
        var text = (byte*)(filter + filters);
        for (int at = 0; at < strategies.Count; at++)
        {
            AuthorizationStrategy strategy = strategies[at];
            First[at] = new NativeStrategy
            {
                StructSize = (uint)sizeof(NativeStrategy),
                OperatorAnd = strategy.MustAllow ? 1u : 0,
                Name = Utf8Text.Write(strategy.Name, ref text),
                Filters = filter,
                FiltersCount = (nuint)strategy.Filters.Count,
            };
            foreach (string one in strategy.Filters)
            {
                *filter++ = Utf8Text.Write(one, ref text);
            }
        }
    }

    internal NativeStrategy* First { get; }

    internal nuint Count { get; }

    public void Dispose() => NativeMemory.Free(memory);
}
