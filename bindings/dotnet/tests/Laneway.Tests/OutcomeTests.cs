namespace Laneway.Tests;

using System.Buffers;

public sealed class OutcomeTests
{
    public static TheoryData<string, int> Outcomes => new()
    {
        { "inserted", 201 }, { "updated", 200 }, { "invalid_descriptors", 400 }, { "invalid_document", 400 },
        { "unknown_resource", 404 }, { "invalid_references", 409 }, { "identity_conflict", 409 },
        { "write_conflict", 409 }, { "not_authorized", 403 }, { "failed", 500 }, { "plugin_failed", 500 },
        { "in_doubt", 500 },
    };

    [Theory]
    [MemberData(nameof(Outcomes))]
    public async Task Every_outcome_arrives_under_its_name(string name, int status)
    {
        await using var echo = new EchoStore();
        UpsertOutcome outcome = await echo.Upsert(name);
        Assert.Equal((name, status), (outcome.Name, outcome.HttpStatus));
    }

    [Fact]
    public async Task Details_of_outcomes_arrive_complete()
    {
        await using var echo = new EchoStore();
        var descriptors = Assert.IsType<UpsertOutcome.InvalidDescriptors>(await echo.Upsert("invalid_descriptors"));
        Assert.Equal(
            [new InvalidDescriptor(
                "$.addresses[0].addressTypeDescriptor", "AddressTypeDescriptor",
                "uri://ed-fi.org/addresstypedescriptor#echo")],
            descriptors.Descriptors);
        var references = Assert.IsType<UpsertOutcome.InvalidReferences>(await echo.Upsert("invalid_references"));
        Assert.Equal(["School", "Student"], references.Resources);
        var conflict = Assert.IsType<UpsertOutcome.IdentityConflict>(await echo.Upsert("identity_conflict"));
        Assert.Equal(("School", KeyValuePair.Create("schoolId", "1")), (conflict.Resource, conflict.Identity.Single()));
        Assert.Equal(new UpsertOutcome.WriteConflict("40001"), await echo.Upsert("write_conflict"));
        Assert.Equal(new UpsertOutcome.Failed("22P05", "an echo’s message"), await echo.Upsert("failed"));
        var refused = Assert.IsType<UpsertOutcome.NotAuthorized>(await echo.Upsert("not_authorized"));
        Assert.Equal(["an echo’s message"], refused.Messages);
        Assert.Equal(["a hint"], refused.Hints);
    }

    [Fact]
    public async Task The_id_of_the_request_is_the_id_of_the_outcome()
    {
        await using var echo = new EchoStore();
        UpsertRequest request = EchoStore.Request() with { DocumentUuid = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff") };
        var inserted = Assert.IsType<UpsertOutcome.Inserted>(await echo.Client.UpsertAsync(request));
        Assert.Equal(request.DocumentUuid, inserted.DocumentUuid);
    }

    [Fact]
    public async Task The_outcome_of_a_document_that_is_too_large_has_its_size_and_the_limit()
    {
        await using var echo = new EchoStore(new LanewayLimits { DocumentBytesMax = 8 });
        Assert.Equal(new UpsertOutcome.TooLarge(14, 8), await echo.Upsert());
    }

    [Fact]
    public async Task A_document_in_pieces_arrives_whole()
    {
        await using var echo = new EchoStore(new LanewayLimits { DocumentBytesMax = 4 });
        var second = new Piece("}"u8.ToArray());
        var first = new Piece("{   "u8.ToArray(), second);
        ReadOnlyMemory<byte> document = UpsertRequest.ToDocument(new ReadOnlySequence<byte>(first, 0, second, 1));
        Assert.Equal("{   }"u8, document.Span);
        Assert.Equal(new UpsertOutcome.TooLarge(5, 4), await echo.Client.UpsertAsync(EchoStore.Request() with { Document = document }));
        byte[] whole = "{}"u8.ToArray();
        Assert.Equal(new ReadOnlyMemory<byte>(whole), UpsertRequest.ToDocument(new ReadOnlySequence<byte>(whole)));
    }

    [Fact]
    public async Task Strategies_and_long_texts_are_passed_on_and_a_trace_id_that_is_too_long_is_refused()
    {
        await using var echo = new EchoStore();
        var strategies = new[] { new AuthorizationStrategy("RelationshipsWithEdOrgsOnly", ["1", "2"], MustAllow: true) };
        // An endpoint that is not an outcome's name ends as inserted.
        UpsertRequest request = EchoStore.Request(new string('e', 600)) with { Authorization = strategies, TraceId = new string('é', 128) };
        Assert.Equal("inserted", (await echo.Client.UpsertAsync(request)).Name);
        var refused = await Assert.ThrowsAsync<ArgumentException>(
            async () => await echo.Client.UpsertAsync(request with { TraceId = new string('é', 129) }));
        Assert.Contains("trace_id has 129", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_defect_in_the_library_is_an_exception_and_the_next_upsert_works()
    {
        await using var echo = new EchoStore();
        var exception = await Assert.ThrowsAsync<LanewayException>(async () => await echo.Upsert("panic"));
        Assert.Contains("panic", exception.Message, StringComparison.Ordinal);
        Assert.Equal("inserted", (await echo.Upsert()).Name);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        internal Piece(byte[] bytes, Piece? next = null)
        {
            Memory = bytes;
            if (next is not null)
            {
                Next = next;
                next.RunningIndex = bytes.Length;
            }
        }
    }
}
