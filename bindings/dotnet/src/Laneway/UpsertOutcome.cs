namespace Laneway;

using System.Diagnostics;
using System.Globalization;

/// <summary>An upsert's outcome. The nested types are all there are.</summary>
public abstract record UpsertOutcome
{
    private UpsertOutcome()
    {
    }

    /// <summary>The corresponding HTTP status.</summary>
    public int HttpStatus => Kind.HttpStatus;

    /// <summary>The outcome's name in JSON, metrics and logs.</summary>
    public string Name => Kind.Name;

    /// <summary>Whether the document is stored.</summary>
    public bool IsStored => this is Stored;

    /// <summary>Whether the same upsert may succeed when it is retried.</summary>
    public bool IsRetriable => this is WriteConflict or QueueFull;

    // What ToString adds to the name; "" for nothing.
    private string Detail => this switch
    {
        Stored stored => stored.DocumentUuid.ToString(),
        InvalidDescriptors invalid => string.Join(", ", invalid.Descriptors.Select(one => $"{one.Value} ({one.Resource}, {one.Path})")),
        InvalidDocument invalid => $"{invalid.Message} ({invalid.Code})",
        UnknownResource unknown => $"{unknown.Message} ({unknown.Code})",
        TooLarge large => string.Create(CultureInfo.InvariantCulture, $"{large.Bytes} bytes, at most {large.BytesMax}"),
        InvalidReferences invalid => string.Join(", ", invalid.Resources),
        IdentityConflict conflict =>
            $"{conflict.Resource} ({string.Join(", ", conflict.Identity.Select(part => $"{part.Key} = {part.Value}"))})",
        WriteConflict conflict => conflict.SqlState ?? "",
        NotAuthorized refused => string.Join(' ', refused.Messages.Concat(refused.Hints)),
        Failed failed => failed.Message + (failed.SqlState is { } state ? $" ({state})" : ""),
        PluginFailed failed => failed.Message,
        QueueFull full => string.Create(CultureInfo.InvariantCulture, $"retry after {full.RetryAfter.TotalSeconds} s"),
        _ => "",
    };

    // By type, not in fields: an outcome is all that an upsert allocates.
    private (int HttpStatus, string Name) Kind => this switch
    {
        Inserted => (201, "inserted"),
        Updated => (200, "updated"),
        InvalidDescriptors => (400, "invalid_descriptors"),
        InvalidDocument => (400, "invalid_document"),
        UnknownResource => (404, "unknown_resource"),
        TooLarge => (413, "too_large"),
        InvalidReferences => (409, "invalid_references"),
        IdentityConflict => (409, "identity_conflict"),
        WriteConflict => (409, "write_conflict"),
        NotAuthorized => (403, "not_authorized"),
        Failed { IsDocumentAtFault: true } => (400, "failed"),
        Failed => (500, "failed"),
        PluginFailed => (500, "plugin_failed"),
        InDoubt => (500, "in_doubt"),
        QueueFull => (503, "queue_full"),
        Closed => (503, "closed"),
        Deadline => (504, "deadline"),
        _ => throw new UnreachableException(),
    };

    /// <summary>The name and the details, such as <c>invalid_references: School, Student</c>.</summary>
    public sealed override string ToString() => Detail is { Length: > 0 } detail ? $"{Name}: {detail}" : Name;

    /// <summary>The document is stored.</summary>
    public abstract record Stored : UpsertOutcome
    {
        private protected Stored()
        {
        }

        /// <summary>The stored document's id.</summary>
        public required Guid DocumentUuid { get; init; }
    }

    /// <summary>The document is new, and is stored.</summary>
    public sealed record Inserted : Stored;

    /// <summary>The document existed, and is stored with the new content.</summary>
    public sealed record Updated : Stored;

    /// <summary>Referenced descriptors do not exist.</summary>
    /// <param name="Descriptors">One entry per reference, in extraction order.</param>
    public sealed record InvalidDescriptors(IReadOnlyList<InvalidDescriptor> Descriptors) : UpsertOutcome;

    /// <summary>The document is invalid.</summary>
    /// <param name="Code">A machine-readable reason.</param>
    /// <param name="Message">The reason.</param>
    public sealed record InvalidDocument(string Code, string Message) : UpsertOutcome;

    /// <summary>No plugin serves the resource.</summary>
    /// <param name="Code">A machine-readable reason.</param>
    /// <param name="Message">The reason.</param>
    public sealed record UnknownResource(string Code, string Message) : UpsertOutcome;

    /// <summary>The document exceeds the size limit.</summary>
    /// <param name="Bytes">The document's size, in bytes.</param>
    /// <param name="BytesMax">The limit, in bytes.</param>
    public sealed record TooLarge(long Bytes, long BytesMax) : UpsertOutcome;

    /// <summary>Referenced documents do not exist.</summary>
    /// <param name="Resources">The names of their resources, without duplicates, sorted.</param>
    public sealed record InvalidReferences(IReadOnlyList<string> Resources) : UpsertOutcome;

    /// <summary>Another document has the same identity, or the same id.</summary>
    /// <param name="Resource">The resource name of the document that was to be stored.</param>
    /// <param name="Identity">The last segment of each identity path, with its value.</param>
    public sealed record IdentityConflict(string Resource, IReadOnlyList<KeyValuePair<string, string>> Identity)
        : UpsertOutcome;

    /// <summary>Conflicts with concurrent writes persisted after all retries. The caller may retry.</summary>
    /// <param name="SqlState">The database's last error code, if there was one.</param>
    public sealed record WriteConflict(string? SqlState) : UpsertOutcome;

    /// <summary>The caller's authorization strategies do not allow the upsert.</summary>
    /// <param name="Messages">The reasons.</param>
    /// <param name="Hints">What may help.</param>
    public sealed record NotAuthorized(IReadOnlyList<string> Messages, IReadOnlyList<string> Hints) : UpsertOutcome;

    /// <summary>The database refused the document, or there was an internal failure.</summary>
    /// <param name="SqlState">The database's error code, if it was the database.</param>
    /// <param name="Message">The reason; contains no secrets.</param>
    public sealed record Failed(string? SqlState, string Message) : UpsertOutcome
    {
        /// <summary>Whether the document alone is at fault: the database refuses what is in it, such as an escaped NUL, and
        /// will refuse it again. Nothing is wrong with the database, and <see cref="HttpStatus"/> is 400.</summary>
        public bool IsDocumentAtFault { get; init; }
    }

    /// <summary>The plugin trapped, ran too long, or returned an invalid extraction.</summary>
    /// <param name="Message">The reason.</param>
    public sealed record PluginFailed(string Message) : UpsertOutcome;

    /// <summary>The connection was lost during commit, and it could not be determined whether the document is stored.</summary>
    public sealed record InDoubt : UpsertOutcome
    {
        internal static readonly InDoubt Instance = new();
    }

    /// <summary>The store was full, and the upsert did not wait for room.</summary>
    /// <param name="RetryAfter">When to retry: about as long as an upsert takes that is accepted now.</param>
    public sealed record QueueFull(TimeSpan RetryAfter) : UpsertOutcome;

    /// <summary>The client was closed before the document was written.</summary>
    public sealed record Closed : UpsertOutcome
    {
        internal static readonly Closed Instance = new();
    }

    /// <summary>The deadline passed before the document was written.</summary>
    public sealed record Deadline : UpsertOutcome
    {
        internal static readonly Deadline Instance = new();
    }
}

/// <summary>A reference to a descriptor that does not exist.</summary>
/// <param name="Path">The path in the document, such as <c>$.addresses[0].addressTypeDescriptor</c>.</param>
/// <param name="Resource">The descriptor's resource name.</param>
/// <param name="Value">The descriptor's URI, in lower case.</param>
public sealed record InvalidDescriptor(string Path, string Resource, string Value);
