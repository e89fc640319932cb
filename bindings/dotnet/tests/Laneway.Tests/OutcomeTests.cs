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
        Assert.Equal(new UpsertOutcome.Failed("XX000", "an echo’s message"), await echo.Upsert("failed"));
        var atFault = new UpsertOutcome.Failed("22P05", "an echo’s message") { IsDocumentAtFault = true };
        Assert.Equal((atFault, 400), (await echo.Upsert("document_at_fault"), atFault.HttpStatus));
        var refused = Assert.IsType<UpsertOutcome.NotAuthorized>(await echo.Upsert("not_authorized"));
        Assert.Equal(["an echo’s message"], refused.Messages);
        Assert.Equal(["a hint"], refused.Hints);
    }

    public static TheoryData<UpsertOutcome, string> Texts => new()
    {
        { new UpsertOutcome.Inserted { DocumentUuid = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff") }, "inserted: 00112233-4455-6677-8899-aabbccddeeff" },
        { new UpsertOutcome.Updated { DocumentUuid = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff") }, "updated: 00112233-4455-6677-8899-aabbccddeeff" },
        { new UpsertOutcome.InvalidDescriptors([new("$.a", "KindDescriptor", "uri://k#1"), new("$.b", "KindDescriptor", "uri://k#2")]),
            "invalid_descriptors: uri://k#1 (KindDescriptor, $.a), uri://k#2 (KindDescriptor, $.b)" },
        { new UpsertOutcome.InvalidDocument("not-json", "The document ends early."), "invalid_document: The document ends early. (not-json)" },
        { new UpsertOutcome.UnknownResource("no-plugins", "Nothing serves a/b."), "unknown_resource: Nothing serves a/b. (no-plugins)" },
        { new UpsertOutcome.TooLarge(1400, 1000), "too_large: 1400 bytes, at most 1000" },
        { new UpsertOutcome.InvalidReferences(["School", "Student"]), "invalid_references: School, Student" },
        { new UpsertOutcome.IdentityConflict("School", [new("schoolId", "1"), new("year", "2026")]),
            "identity_conflict: School (schoolId = 1, year = 2026)" },
        { new UpsertOutcome.WriteConflict("40001"), "write_conflict: 40001" },
        { new UpsertOutcome.WriteConflict(null), "write_conflict" },
        { new UpsertOutcome.NotAuthorized(["No relationship."], ["Add one."]), "not_authorized: No relationship. Add one." },
        { new UpsertOutcome.Failed("22P05", "It was refused."), "failed: It was refused. (22P05)" },
        { new UpsertOutcome.Failed(null, "It was refused."), "failed: It was refused." },
        { new UpsertOutcome.PluginFailed("It trapped."), "plugin_failed: It trapped." },
        { new UpsertOutcome.QueueFull(TimeSpan.FromMilliseconds(1200)), "queue_full: retry after 1.2 s" },
        { new UpsertOutcome.InDoubt(), "in_doubt" },
        { new UpsertOutcome.Closed(), "closed" },
        { new UpsertOutcome.Deadline(), "deadline" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void An_outcome_s_text_is_its_name_and_its_details(UpsertOutcome outcome, string text) =>
        Assert.Equal(text, outcome.ToString());

    [Fact]
    public async Task Every_kind_of_outcome_has_a_text_and_no_record_shows_a_type_s_name_or_a_secret()
    {
        string[] kinds = [.. typeof(UpsertOutcome).GetNestedTypes().Where(type => !type.IsAbstract).Select(type => type.Name).Order()];
        Assert.Equal(kinds, Texts.Select(row => row.Data.Item1.GetType().Name).Distinct().Order());
        await using var echo = new EchoStore();
        await echo.Upsert("failed");
        Assert.StartsWith("accepted 1, failed 1", echo.Client.GetStats().ToString(), StringComparison.Ordinal);
        string options = new LanewayStoreOptions { ConnectionString = "Host=h;Password=secret" }.ToString();
        Assert.DoesNotContain("secret", options, StringComparison.Ordinal);
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
        Assert.Contains("TraceId has 129", refused.Message, StringComparison.Ordinal);
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
