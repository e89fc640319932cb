namespace Laneway.Tests;

[Collection(nameof(LeakTests))]
public sealed class AllocationTests
{
    private const int Depth = 256;
    private const int Rounds = 200;

    // An outcome's size: header, type, 16 bytes of id. Rounded up, for what other threads allocate meanwhile.
    private const double BytesMax = 40;

    [Fact]
    public async Task An_upsert_allocates_its_outcome_and_nothing_else()
    {
        await using var echo = new EchoStore();
        var upserts = new ValueTask<UpsertOutcome>[Depth];
        UpsertRequest request = EchoStore.Request() with { Document = new byte[1536] };
        await Run(echo.Client, request, upserts);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        await Run(echo.Client, request, upserts);
        long each = (GC.GetTotalAllocatedBytes(precise: true) - before) / (Depth * Rounds);
        Assert.InRange(each, 0, BytesMax);
    }

    private static async Task Run(LanewayClient client, UpsertRequest request, ValueTask<UpsertOutcome>[] upserts)
    {
        for (int round = 0; round < Rounds; round++)
        {
            for (int at = 0; at < Depth; at++)
            {
                upserts[at] = client.UpsertAsync(request);
            }

            for (int at = 0; at < Depth; at++)
            {
                await upserts[at];
            }
        }
    }
}
