namespace Laneway.Tests.Samples;

using EdFi.DataManagementService.Core.External.Backend;
using EdFi.DataManagementService.Core.External.Model;

/// <summary>The DMS's result of each outcome, on an echo store.</summary>
public sealed class DmsOutcomeTests
{
    private static readonly Guid Uuid = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");

    private static readonly DescriptorReference Descriptor = new(
        new BaseResourceInfo(new("Ed-Fi"), new("AddressTypeDescriptor"), true),
        new DocumentIdentity([new(new("$.descriptor"), "uri://ed-fi.org/addresstypedescriptor#echo")]),
        default, new("$.addresses[0].addressTypeDescriptor"));

    public static TheoryData<string, Action<UpsertResult>> Results => new()
    {
        { "inserted", result => Assert.Equal(new UpsertResult.InsertSuccess(new(Uuid)), result) },
        { "updated", result => Assert.Equal(new UpsertResult.UpdateSuccess(new(Uuid)), result) },
        { "invalid_descriptors", result => Assert.Same(Descriptor, Is<UpsertResult.UpsertFailureDescriptorReference>(result).InvalidDescriptorReferences.Single()) },
        { "invalid_references", result => Assert.Equal([new("School"), new("Student")], Is<UpsertResult.UpsertFailureReference>(result).ResourceNames) },
        { "identity_conflict", result => IsConflict(Is<UpsertResult.UpsertFailureIdentityConflict>(result)) },
        { "write_conflict", result => Is<UpsertResult.UpsertFailureWriteConflict>(result) },
        { "not_authorized", result => IsRefusal(Is<UpsertResult.UpsertFailureNotAuthorized>(result)) },
        { "failed", result => Assert.Equal(new UpsertResult.UnknownFailure("Unknown Failure (SQLSTATE XX000)"), result) },
        { "invalid_document", result => Assert.Equal(new UpsertResult.UnknownFailure("an echo’s message"), result) },
        { "in_doubt", result => Assert.Contains("stored or not", Is<UpsertResult.UnknownFailure>(result).FailureMessage, StringComparison.Ordinal) },
    };

    [Theory]
    [MemberData(nameof(Results))]
    public async Task Each_outcome_has_its_result(string outcome, Action<UpsertResult> isRight)
    {
        await using var echo = new EchoStore();
        DmsBench bench = DmsBench.Echo(echo.Client, outcome);
        isRight(await bench.Upsert(DmsRequest.Of(outcome, Descriptor) with { DocumentUuid = new(Uuid) }));
        Assert.Empty(bench.Calls);
    }

    [Theory]
    [InlineData("unknown_resource")]
    [InlineData("plugin_failed")]
    public async Task An_upsert_that_Laneway_cannot_handle_takes_the_old_path(string outcome)
    {
        await using var echo = new EchoStore();
        await TakesOldPath(DmsBench.Echo(echo.Client, outcome), outcome);
    }

    [Fact]
    public async Task A_document_that_is_too_large_takes_the_old_path()
    {
        await using var echo = new EchoStore(new LanewayLimits { DocumentBytesMax = 8 });
        await TakesOldPath(DmsBench.Echo(echo.Client, "inserted"), "inserted");
    }

    [Fact]
    public async Task An_upsert_into_a_closed_store_takes_the_old_path()
    {
        await using var echo = new EchoStore();
        await echo.Client.DisposeAsync();
        await TakesOldPath(DmsBench.Echo(echo.Client, "inserted"), "inserted");
    }

    [Fact]
    public async Task A_full_queue_is_a_write_conflict_which_the_DMS_retries()
    {
        await using var echo = new EchoStore(new LanewayLimits { StoreItemsMax = 1, WaitersMax = 1 });
        DmsBench bench = DmsBench.Echo(echo.Client, "inserted");
        echo.Client.HoldEcho(true);
        Task<UpsertResult> held = bench.Upsert(DmsRequest.Of("inserted")), waiting = bench.Upsert(DmsRequest.Of("inserted"));
        Is<UpsertResult.UpsertFailureWriteConflict>(await bench.Upsert(DmsRequest.Of("inserted")));
        echo.Client.HoldEcho(false);
        Is<UpsertResult.InsertSuccess>(await held);
        Is<UpsertResult.InsertSuccess>(await waiting);
    }

    [Fact]
    public async Task A_deadline_is_an_unknown_failure_with_its_reason()
    {
        await using var echo = new EchoStore();
        DmsBench bench = DmsBench.Echo(echo.Client, "inserted");
        bench.CurrentValue.Timeout = TimeSpan.FromMilliseconds(20);
        echo.Client.HoldEcho(true);
        UpsertResult result = await bench.Upsert(DmsRequest.Of("inserted"));
        Assert.Equal("The document was not written in time.", Is<UpsertResult.UnknownFailure>(result).FailureMessage);
    }

    [Fact]
    public async Task The_upsert_of_a_caller_that_has_disconnected_is_cancelled()
    {
        await using var echo = new EchoStore();
        using var gone = new CancellationTokenSource();
        DmsBench bench = DmsBench.Echo(echo.Client, "inserted");
        bench.Token = gone.Token;
        echo.Client.HoldEcho(true);
        Task<UpsertResult> upsert = bench.Upsert(DmsRequest.Of("inserted"));
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upsert);
    }

    private static async Task TakesOldPath(DmsBench bench, string resource)
    {
        DmsRequest request = DmsRequest.Of(resource);
        Assert.Same(DmsInner.Upserted, await bench.Upsert(request));
        Assert.Same(request, Assert.Single(bench.Calls));
    }

    private static T Is<T>(UpsertResult result) => Assert.IsType<T>(result);

    private static void IsConflict(UpsertResult.UpsertFailureIdentityConflict conflict)
    {
        Assert.Equal(new ResourceName("School"), conflict.ResourceName);
        Assert.Equal([KeyValuePair.Create("schoolId", "1")], conflict.DuplicateIdentityValues);
    }

    private static void IsRefusal(UpsertResult.UpsertFailureNotAuthorized refusal)
    {
        Assert.Equal(["an echo’s message"], refusal.ErrorMessages);
        Assert.Equal(["a hint"], refusal.Hints!);
    }
}
