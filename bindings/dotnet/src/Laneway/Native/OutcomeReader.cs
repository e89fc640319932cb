namespace Laneway.Native;

using System.Text;
using System.Text.Json;

/// <summary>Converts completion records to outcomes.</summary>
internal static unsafe class OutcomeReader
{
    /// <summary>The outcome of a record; <c>null</c>: the operation was cancelled.</summary>
    internal static UpsertOutcome? Read(in NativeCompletion record, ReadOnlySpan<byte> details) =>
        (NativeOutcome)record.Outcome switch
        {
            NativeOutcome.Inserted => new UpsertOutcome.Inserted { DocumentUuid = Uuid(in record) },
            NativeOutcome.Updated => new UpsertOutcome.Updated { DocumentUuid = Uuid(in record) },
            NativeOutcome.WriteConflict => new UpsertOutcome.WriteConflict(SqlState(in record)),
            NativeOutcome.InDoubt => UpsertOutcome.InDoubt.Instance,
            NativeOutcome.Closed => UpsertOutcome.Closed.Instance,
            NativeOutcome.Deadline => UpsertOutcome.Deadline.Instance,
            NativeOutcome.Cancelled => null,
            > NativeOutcome.Cancelled or 0 => Unknown(in record),
            _ => ReadDetailed(in record, details),
        };

    private static UpsertOutcome ReadDetailed(in NativeCompletion record, ReadOnlySpan<byte> details)
    {
        var reader = new Utf8JsonReader(details);
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        JsonElement root = document.RootElement;
        return (NativeOutcome)record.Outcome switch
        {
            NativeOutcome.InvalidDescriptors => new UpsertOutcome.InvalidDescriptors(
                [.. root.GetProperty("descriptors").EnumerateArray().Select(Descriptor)]),
            NativeOutcome.InvalidDocument => new UpsertOutcome.InvalidDocument(Text(root, "code"), Text(root, "message")),
            NativeOutcome.UnknownResource => new UpsertOutcome.UnknownResource(Text(root, "code"), Text(root, "message")),
            NativeOutcome.TooLarge => new UpsertOutcome.TooLarge(
                root.GetProperty("bytes").GetInt64(), root.GetProperty("bytes_max").GetInt64()),
            NativeOutcome.InvalidReferences => new UpsertOutcome.InvalidReferences(Texts(root, "resources")),
            NativeOutcome.IdentityConflict => new UpsertOutcome.IdentityConflict(
                Text(root, "resource"), [.. root.GetProperty("identity").EnumerateArray().Select(Pair)]),
            NativeOutcome.NotAuthorized => new UpsertOutcome.NotAuthorized(Texts(root, "messages"), Texts(root, "hints")),
            NativeOutcome.Failed => new UpsertOutcome.Failed(SqlState(in record), Text(root, "message"))
            {
                IsDocumentAtFault = record.DocumentAtFault != 0,
            },
            NativeOutcome.PluginFailed => new UpsertOutcome.PluginFailed(Text(root, "message")),
            _ => Unknown(in record),
        };
    }

    private static UpsertOutcome.Failed Unknown(in NativeCompletion record) =>
        new(null, $"The native library returned the outcome {record.Outcome}, which this assembly does not know.");

    private static Guid Uuid(in NativeCompletion record)
    {
        fixed (byte* bytes = record.DocumentUuid)
        {
            return new Guid(new ReadOnlySpan<byte>(bytes, 16), bigEndian: true);
        }
    }

    private static string? SqlState(in NativeCompletion record)
    {
        fixed (byte* code = record.Sqlstate)
        {
            return code[0] == 0 ? null : Encoding.ASCII.GetString(code, 5);
        }
    }

    private static InvalidDescriptor Descriptor(JsonElement entry) =>
        new(Text(entry, "path"), Text(entry, "resource"), Text(entry, "value"));

    private static KeyValuePair<string, string> Pair(JsonElement entry) =>
        new(entry[0].GetString() ?? "", entry[1].GetString() ?? "");

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString() ?? "";

    private static string[] Texts(JsonElement of, string name) =>
        [.. of.GetProperty(name).EnumerateArray().Select(text => text.GetString() ?? "")];
}
