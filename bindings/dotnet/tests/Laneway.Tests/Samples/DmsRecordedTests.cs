namespace Laneway.Tests.Samples;

using Laneway.Samples.Dms;

/// <summary>Compares the decorator with what the DMS itself was recorded to return and store.</summary>
public sealed class DmsRecordedTests
{
    private static readonly HashSet<string> Groups =
        ["authorization", "conflict", "contact", "hierarchy", "precedence", "references", "responsibility", "ssa", "staff"];

    [Fact]
    public async Task The_decorator_returns_and_stores_what_the_DMS_did()
    {
        DmsSequence[] sequences = await DmsSequence.Read(Groups);
        await using DmsStore store = await DmsStore.Open(DmsSequence.Endpoints, plugins: null);
        store.Bench.CurrentValue.Authorization = AuthorizationMode.AsData;
        int steps = 0;
        foreach (DmsSequence sequence in sequences)
        {
            await store.Empty();
            foreach (DmsStep step in sequence.Steps)
            {
                string actual = await step.Run(store);
                Assert.True(step.Expected == actual, $"{sequence.Name}, step {steps}: {step.Expected}\n{actual}");
                steps++;
            }

            Assert.Equal(sequence.Store, await store.Lines());
        }

        Assert.Empty(store.Bench.Calls);
        TestContext.Current.TestOutputHelper?.WriteLine($"{sequences.Length} sequences, {steps} steps");
    }
}
