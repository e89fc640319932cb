namespace Laneway.Tests;

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Npgsql;

/// <summary>The recorded documents on a real server.</summary>
public sealed class PostgresTests
{
    private const int Callers = 256;
    private const int Swaps = 50;
    private const int SwappedMax = 10;

    // Independent callers submit out of order, and a document is retried until those that it refers to are stored. No chain
    // of references is longer.
    private const int RoundsMax = 20;

    // The resources with the most documents.
    private static readonly string[] Swapped =
        [.. Recorded.Files().Select(file => (Path: file, new FileInfo(file).Length))
            .OrderByDescending(file => file.Length).Take(SwappedMax).Select(file => PluginOf(file.Path))];

    [Fact]
    public async Task Recorded_documents_of_many_callers_are_all_stored_while_plugins_are_replaced()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using var runtime = new LanewayRuntime();
        await runtime.DeployAsync(database.ConnectionString);
        using LanewayPlugins plugins = await Recorded.Plugins();
        await using LanewayClient client = await runtime.OpenAsync(
            new LanewayStoreOptions { ConnectionString = database.ConnectionString, Plugins = plugins });
        Assert.False(client.Batching, "batching is off until it is switched on");
        client.Batching = true;

        UpsertRequest[] documents = [.. Recorded.Documents()];
        // Each part of the documents is submitted once its replacement of plugins has begun, so that all of these happen
        // during the load.
        TaskCompletionSource[] begun = [.. Enumerable.Range(0, Swaps).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))];
        Task swaps = Task.Run(() => Swap(plugins, begun));
        IReadOnlyCollection<UpsertRequest> left = await Submit(
            client, documents, at => begun[(int)((long)at * Swaps / documents.Length)].Task);
        int again = left.Count;
        for (int round = 1; left.Count > 0 && round < RoundsMax; round++)
        {
            left = await Submit(client, left, _ => Task.CompletedTask);
            again += left.Count;
        }

        Assert.Empty(left);
        await swaps;
        Assert.Equal(1 + Swaps, plugins.Generation);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{documents.Length} documents, {again} retried, {Swaps} generations published meanwhile");
        Assert.Equal(documents.Length, await database.Count("SELECT count(*) FROM dms.Document"));
        LanewayStats stats = client.GetStats();
        Assert.Equal((documents.Length + again, 0), (stats.Accepted, stats.Pending));
        Assert.Equal(documents.Length, stats.Outcomes["inserted"]);
        Assert.True(stats.Transactions < documents.Length / 4, "documents were written in batches");
    }

    [Fact]
    public async Task The_holder_of_a_lock_is_named_while_an_upsert_waits_for_it()
    {
        await using TestDatabase database = await TestDatabase.DeployedAsync();
        await using var runtime = new LanewayRuntime();
        using LanewayPlugins plugins = await Recorded.Plugins();
        var options = new LanewayStoreOptions { ConnectionString = database.ConnectionString, Plugins = plugins };
        await using LanewayClient client = await runtime.OpenAsync(options);
        await using NpgsqlConnection holder = await database.Session("SET application_name = 'migration'");
        await using (NpgsqlTransaction transaction = await holder.BeginTransactionAsync())
        {
            await TestDatabase.Execute(holder, "LOCK TABLE dms.document IN ACCESS EXCLUSIVE MODE");
            Task<UpsertOutcome> pending = client.UpsertAsync(Scene.Document("one")).AsTask();
            var waited = Stopwatch.StartNew();
            // Until the holder has been looked for, it is the server's refusal.
            while (client.GetStats().Wait?.Contains("held by pid", StringComparison.Ordinal) != true && waited.Elapsed < TimeSpan.FromMinutes(1))
            {
                // A round trip, so that this does not spin.
                await TestDatabase.Execute(holder, "SELECT");
            }

            LanewayStats stats = client.GetStats();
            Assert.StartsWith(
                $"waits for a lock on dms.document held by pid {holder.ProcessID}, application 'migration', role '", stats.Wait, StringComparison.Ordinal);
            Assert.InRange(stats.OldestPending, TimeSpan.FromTicks(1), waited.Elapsed + TimeSpan.FromSeconds(1));
            await transaction.RollbackAsync();
            Assert.Equal("inserted", (await pending).Name);
        }

        Assert.Equal(TimeSpan.Zero, client.GetStats().OldestPending);
    }

    [Fact]
    public async Task Fewer_connections_than_flushes_are_refused_by_name_at_opening_and_when_limits_change()
    {
        await using TestDatabase database = await TestDatabase.DeployedAsync();
        await using var runtime = new LanewayRuntime();
        LanewayStoreOptions Options(int? connectionsMax) =>
            new() { ConnectionString = database.ConnectionString, ConnectionsMax = connectionsMax };
        var few = await Assert.ThrowsAsync<ArgumentException>(() => runtime.OpenAsync(Options(20)));
        Assert.StartsWith("ConnectionsMax is 20: use 21 or more", few.Message, StringComparison.Ordinal);
        await using LanewayClient enough = await runtime.OpenAsync(Options(21));
        await using LanewayClient unset = await runtime.OpenAsync(Options(null));
        var more = new LanewayLimits { FlushesConcurrentMax = 25 };
        few = Assert.Throws<ArgumentException>(() => enough.SetLimits(more));
        Assert.StartsWith("ConnectionsMax is 21: use 30 or more", few.Message, StringComparison.Ordinal);
        unset.SetLimits(more);
    }

    [Fact]
    public async Task One_document_goes_through_its_outcomes()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        await using var runtime = new LanewayRuntime();
        using LanewayPlugins plugins = await Recorded.Plugins();
        var options = new LanewayStoreOptions { ConnectionString = database.ConnectionString, Plugins = plugins };
        var notDeployed = await Assert.ThrowsAsync<LanewayException>(() => runtime.OpenAsync(options));
        Assert.Contains("laneway deploy", notDeployed.Message, StringComparison.Ordinal);
        await runtime.DeployAsync(database.ConnectionString);
        await using LanewayClient client = await runtime.OpenAsync(options);

        UpsertRequest descriptor = Scene.Document("one");
        var inserted = Assert.IsType<UpsertOutcome.Inserted>(await client.UpsertAsync(descriptor));
        Assert.Equal(descriptor.DocumentUuid, inserted.DocumentUuid);
        Assert.Equal(new UpsertOutcome.Updated { DocumentUuid = inserted.DocumentUuid }, await client.UpsertAsync(descriptor));
        Assert.IsType<UpsertOutcome.UnknownResource>(await client.UpsertAsync(descriptor with { Endpoint = "nothings" }));
        Assert.IsType<UpsertOutcome.InvalidDocument>(await client.UpsertAsync(descriptor with { Document = "{"u8.ToArray() }));
        var references = Assert.IsType<UpsertOutcome.InvalidReferences>(
            await client.UpsertAsync(Recorded.Documents("classPeriods").First()));
        Assert.Equal(["School"], references.Resources);
        var descriptors = Assert.IsType<UpsertOutcome.InvalidDescriptors>(
            await client.UpsertAsync(Recorded.Documents("schools").First()));
        Assert.All(descriptors.Descriptors, one => Assert.StartsWith("$.", one.Path, StringComparison.Ordinal));
        UpsertRequest refused = descriptor with { Authorization = [new AuthorizationStrategy("NamespaceBased", ["uri://other"])] };
        Assert.IsType<UpsertOutcome.NotAuthorized>(await client.UpsertAsync(refused));
        // Another document's id.
        var conflict = Assert.IsType<UpsertOutcome.IdentityConflict>(
            await client.UpsertAsync(Scene.Document("two") with { DocumentUuid = inserted.DocumentUuid }));
        Assert.Equal("SexDescriptor", conflict.Resource);
        foreach ((string text, string sqlState) in ((string, string)[])[("\\u0000", "22P05"), ("\\ud800", "22P02")])
        {
            var failed = Assert.IsType<UpsertOutcome.Failed>(await client.UpsertAsync(Scene.Document("two", text)));
            Assert.Equal((sqlState, true, 400), (failed.SqlState, failed.IsDocumentAtFault, failed.HttpStatus));
        }

        Assert.Equal((2, 2), (client.GetStats().Outcomes["failed"], client.GetStats().DocumentsAtFault));
        Assert.Equal("unknown", (Assert.IsType<UpsertOutcome.Failed>(await client.UpsertAsync(
            descriptor with { Authorization = [new AuthorizationStrategy("unknown", [])] })).Message.Contains("unknown", StringComparison.Ordinal) ? "unknown" : ""));
        await database.Execute(
            """
            CREATE FUNCTION dms.conflicts() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION 'as two writers do to each other' USING ERRCODE = '40001'; END $$;
            CREATE TRIGGER conflicts BEFORE INSERT ON dms.Alias FOR EACH ROW EXECUTE FUNCTION dms.conflicts();
            """);
        Assert.Equal(new UpsertOutcome.WriteConflict("40001"), await client.UpsertAsync(Scene.Document("two")));
        client.SetLimits(new LanewayLimits { Batching = true, DocumentBytesMax = 10 });
        Assert.IsType<UpsertOutcome.TooLarge>(await client.UpsertAsync(descriptor));
        Assert.Equal(1, await database.Count("SELECT count(*) FROM dms.Document"));
    }

    [Fact]
    public async Task A_byte_order_mark_is_not_stored_and_other_encodings_are_refused_by_name()
    {
        await using Scene scene = await Scene.Set(new LanewayLimits());
        UpsertRequest document = Scene.Document("marked");
        string text = Encoding.UTF8.GetString(document.Document.Span);
        UpsertRequest In(Encoding encoding, bool mark) =>
            document with { Document = (byte[])[.. mark ? encoding.GetPreamble() : [], .. encoding.GetBytes(text)] };
        Assert.Equal("inserted", (await scene.Client.UpsertAsync(In(Encoding.UTF8, mark: true))).Name);
        Assert.Equal("updated", (await scene.Client.UpsertAsync(document)).Name);
        Assert.Equal(1, await scene.Count());
        (Encoding, string)[] others =
        [
            (Encoding.Unicode, "UTF-16 (little-endian)"), (Encoding.BigEndianUnicode, "UTF-16 (big-endian)"),
            (Encoding.UTF32, "UTF-32 (little-endian)"), (new UTF32Encoding(bigEndian: true, byteOrderMark: true), "UTF-32 (big-endian)"),
        ];
        foreach ((Encoding encoding, string name) in others)
        {
            foreach (bool mark in (bool[])[true, false])
            {
                var refused = Assert.IsType<UpsertOutcome.InvalidDocument>(await scene.Client.UpsertAsync(In(encoding, mark)));
                Assert.Equal(("invalid-json", $"the document is in {name}; send it in UTF-8"), (refused.Code, refused.Message));
            }
        }

        var latin = Assert.IsType<UpsertOutcome.InvalidDocument>(await scene.Client.UpsertAsync(
            document with { Document = Encoding.Latin1.GetBytes(text.Replace("a description", "é", StringComparison.Ordinal)) }));
        Assert.Contains("not UTF-8", latin.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_cannot_be_reached_is_named_without_the_password()
    {
        await using var runtime = new LanewayRuntime();
        using LanewayPlugins plugins = await Recorded.Plugins();
        var exception = await Assert.ThrowsAsync<LanewayException>(() => runtime.OpenAsync(new LanewayStoreOptions
        {
            ConnectionString = "Host=127.0.0.1;Port=1;Username=u;Password=secret;Database=d",
            Plugins = plugins,
        }));
        Assert.Contains("127.0.0.1:1", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", exception.Message, StringComparison.Ordinal);
        Assert.True(exception.IsRetriable);
    }

    private static string PluginOf(string file) =>
        "ed-fi/" + Path.GetFileNameWithoutExtension(file).Split('-', 2)[1];

    /// <summary>Publishes one to ten plugins at a time, each a new component.</summary>
    private static async Task Swap(LanewayPlugins plugins, TaskCompletionSource[] begun)
    {
        for (int at = 0; at < begun.Length; at++)
        {
            var components = new Dictionary<string, ReadOnlyMemory<byte>>();
            foreach (string name in Swapped.Take(1 + (at % SwappedMax)))
            {
                components[name] = await PluginFolders.Component(name, (byte)(1 + at));
            }

            begun[at].SetResult();
            await plugins.PublishAsync(components);
        }
    }

    /// <summary>Submits documents, each at its turn. Returns those to retry: refused for a missing reference, or retriable.
    /// </summary>
    private static async Task<IReadOnlyCollection<UpsertRequest>> Submit(
        LanewayClient client, IReadOnlyCollection<UpsertRequest> documents, Func<int, Task> turn)
    {
        var again = new ConcurrentBag<UpsertRequest>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Callers };
        await Parallel.ForEachAsync(documents.Select((document, at) => (document, at)), options, async (indexed, _) =>
        {
            (UpsertRequest document, int at) = indexed;
            await turn(at);
            UpsertOutcome outcome = await client.UpsertAsync(document);
            if (outcome is UpsertOutcome.InvalidReferences or UpsertOutcome.InvalidDescriptors || outcome.IsRetriable)
            {
                again.Add(document);
            }
            else
            {
                Assert.True(outcome.IsStored, outcome.ToString());
            }
        });
        return again;
    }
}
