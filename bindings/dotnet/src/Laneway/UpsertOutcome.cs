namespace Laneway;

/// <summary>How an upsert ended. The kinds are those nested here, and no others.</summary>
public abstract record UpsertOutcome
{
    private UpsertOutcome()
    {
    }

    /// <summary>The HTTP status that says the same.</summary>
    public abstract int HttpStatus { get; }

    /// <summary>The outcome's name in JSON, metrics and logs.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the document is stored as handed over.</summary>
    public virtual bool IsStored => false;

    /// <summary>Whether the same upsert may succeed when it is handed over again.</summary>
    public virtual bool IsRetriable => false;

    /// <summary>The document is stored.</summary>
    public abstract record Stored : UpsertOutcome
    {
        private protected Stored()
        {
        }

        /// <summary>The stored document's id.</summary>
        public required Guid DocumentUuid { get; init; }

        /// <inheritdoc/>
        public override bool IsStored => true;
    }

    /// <summary>The document is new and stored.</summary>
    public sealed record Inserted : Stored
    {
        /// <inheritdoc/>
        public override int HttpStatus => 201;

        /// <inheritdoc/>
        public override string Name => "inserted";
    }

    /// <summary>The document was there and is now as handed over.</summary>
    public sealed record Updated : Stored
    {
        /// <inheritdoc/>
        public override int HttpStatus => 200;

        /// <inheritdoc/>
        public override string Name => "updated";
    }

    /// <summary>Descriptor references name nothing.</summary>
    /// <param name="Descriptors">One entry per occurrence, in extraction order.</param>
    public sealed record InvalidDescriptors(IReadOnlyList<InvalidDescriptor> Descriptors) : UpsertOutcome
    {
        /// <inheritdoc/>
        public override int HttpStatus => 400;

        /// <inheritdoc/>
        public override string Name => "invalid_descriptors";
    }

    /// <summary>The document itself cannot be taken.</summary>
    /// <param name="Code">A word for machines.</param>
    /// <param name="Message">A sentence for people.</param>
    public sealed record InvalidDocument(string Code, string Message) : UpsertOutcome
    {
        /// <inheritdoc/>
        public override int HttpStatus => 400;

        /// <inheritdoc/>
        public override string Name => "invalid_document";
    }

    /// <summary>No plugin serves the resource.</summary>
    /// <param name="Code">A word for machines.</param>
    /// <param name="Message">A sentence for people.</param>
    public sealed record UnknownResource(string Code, string Message) : UpsertOutcome
    {
        /// <inheritdoc/>
        public override int HttpStatus => 404;

        /// <inheritdoc/>
        public override string Name => "unknown_resource";
    }

    /// <summary>The document is over the size limit.</summary>
    /// <param name="Bytes">Its size.</param>
    /// <param name="BytesMax">The limit.</param>
    public sealed record TooLarge(long Bytes, long BytesMax) : UpsertOutcome
    {
        /// <inheritdoc/>
        public override int HttpStatus => 413;

        /// <inheritdoc/>
        public override string Name => "too_large";
    }

    /// <summary>Document references name nothing.</summary>
    /// <param name="Resources">The distinct resource names, sorted.</param>
    public sealed record InvalidReferences(IReadOnlyList<string> Resources) : UpsertOutcome
    {
        /// <inheritdoc/>
        public override int HttpStatus => 409;

        /// <inheritdoc/>
        public override string Name => "invalid_references";
    }

    /// <summary>Another document holds the identity, or the document's id.</summary>
    /// <param name="Resource">The resource name of the document that was handed over.</param>
    /// <param name="Identity">The last segment of each identity path with its value.</param>
    public sealed record IdentityConflict(string Resource, IReadOnlyList<KeyValuePair<string, string>> Identity)
        : UpsertOutcome
    {
        /// <inheritdoc/>
        public override int HttpStatus => 409;

        /// <inheritdoc/>
        public override string Name => "identity_conflict";
    }

    /// <summary>Concurrent changes kept getting in the way; the caller may retry.</summary>
    /// <param name="SqlState">What the database said last, if it said something.</param>
    public sealed record WriteConflict(string? SqlState) : UpsertOutcome
    {
        /// <inheritdoc/>
        public override int HttpStatus => 409;

        /// <inheritdoc/>
        public override string Name => "write_conflict";

        /// <inheritdoc/>
        public override bool IsRetriable => true;
    }

    /// <summary>The caller's strategies refuse.</summary>
    /// <param name="Messages">Why.</param>
    /// <param name="Hints">What might help.</param>
    public sealed record NotAuthorized(IReadOnlyList<string> Messages, IReadOnlyList<string> Hints) : UpsertOutcome
    {
        /// <inheritdoc/>
        public override int HttpStatus => 403;

        /// <inheritdoc/>
        public override string Name => "not_authorized";
    }

    /// <summary>The database refused the document, or something broke.</summary>
    /// <param name="SqlState">The database's code, where it was the database.</param>
    /// <param name="Message">A sentence for people; never a secret.</param>
    public sealed record Failed(string? SqlState, string Message) : UpsertOutcome
    {
        /// <inheritdoc/>
        public override int HttpStatus => 500;

        /// <inheritdoc/>
        public override string Name => "failed";
    }

    /// <summary>The plugin trapped, ran too long, or said something impossible.</summary>
    /// <param name="Message">A sentence for people.</param>
    public sealed record PluginFailed(string Message) : UpsertOutcome
    {
        /// <inheritdoc/>
        public override int HttpStatus => 500;

        /// <inheritdoc/>
        public override string Name => "plugin_failed";
    }

    /// <summary>The connection was lost at commit, and whether it took place could not be found out.</summary>
    public sealed record InDoubt : UpsertOutcome
    {
        internal static readonly InDoubt Instance = new();

        private InDoubt()
        {
        }

        /// <inheritdoc/>
        public override int HttpStatus => 500;

        /// <inheritdoc/>
        public override string Name => "in_doubt";
    }

    /// <summary>There was no room, and the caller does not wait.</summary>
    /// <param name="RetryAfter">About how long an upsert takes at present.</param>
    public sealed record QueueFull(TimeSpan RetryAfter) : UpsertOutcome
    {
        /// <inheritdoc/>
        public override int HttpStatus => 503;

        /// <inheritdoc/>
        public override string Name => "queue_full";

        /// <inheritdoc/>
        public override bool IsRetriable => true;
    }

    /// <summary>The client was closed before the document was written.</summary>
    public sealed record Closed : UpsertOutcome
    {
        internal static readonly Closed Instance = new();

        private Closed()
        {
        }

        /// <inheritdoc/>
        public override int HttpStatus => 503;

        /// <inheritdoc/>
        public override string Name => "closed";
    }

    /// <summary>The deadline passed before the document was written.</summary>
    public sealed record Deadline : UpsertOutcome
    {
        internal static readonly Deadline Instance = new();

        private Deadline()
        {
        }

        /// <inheritdoc/>
        public override int HttpStatus => 504;

        /// <inheritdoc/>
        public override string Name => "deadline";
    }
}

/// <summary>A descriptor reference that names nothing.</summary>
/// <param name="Path">Where in the document, as in <c>$.addresses[0].addressTypeDescriptor</c>.</param>
/// <param name="Resource">The descriptor's resource name.</param>
/// <param name="Value">The URI, lower-cased.</param>
public sealed record InvalidDescriptor(string Path, string Resource, string Value);
