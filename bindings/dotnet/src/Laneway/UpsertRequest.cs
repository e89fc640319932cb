namespace Laneway;

using System.Buffers;

/// <summary>One upsert.</summary>
public readonly record struct UpsertRequest
{
    /// <summary>The project's name in URLs, such as <c>ed-fi</c>; matched without case.</summary>
    public required string Project { get; init; }

    /// <summary>The resource's name in URLs, such as <c>students</c>; matched without case.</summary>
    public required string Endpoint { get; init; }

    /// <summary>The document: a JSON object in UTF-8, with or without a byte order mark. It is copied when the upsert is accepted: when the call returns or,
    /// if the call has to wait for room, some time later. Do not change the memory until the upsert has ended.</summary>
    public required ReadOnlyMemory<byte> Document { get; init; }

    /// <summary>The id to give the document if it is new; <see cref="Guid.Empty"/>: one is generated.</summary>
    public Guid DocumentUuid { get; init; }

    /// <summary>The caller's trace id, stored with the document; at most 128 characters.</summary>
    public string? TraceId { get; init; }

    /// <summary>How long the upsert may wait until it is being written, for room too, up to 24 days; <c>null</c>: without
    /// limit. After that it ends as <see cref="UpsertOutcome.Deadline"/>: at once if the time is used up already (zero or
    /// negative, and so <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> too).</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Whether the upsert ends at once as <see cref="UpsertOutcome.QueueFull"/> if the store is full, instead
    /// of waiting for room.</summary>
    public bool RejectWhenFull { get; init; }

    /// <summary>The document's extraction, if the host has one (<see cref="DocumentExtraction.ToUtf8"/>); empty: a
    /// plugin extracts. Do not change the memory until the upsert has ended.</summary>
    public ReadOnlyMemory<byte> Extraction { get; init; }

    /// <summary>The caller's authorization strategies; <c>null</c>: the host has already authorized the
    /// caller.</summary>
    public IReadOnlyList<AuthorizationStrategy>? Authorization { get; init; }

    /// <summary>A document that was received in pieces, as <see cref="Document"/> takes it. Copies it only if it really is
    /// in several pieces.</summary>
    /// <param name="document">The pieces, for instance of a <c>PipeReader</c>.</param>
    public static ReadOnlyMemory<byte> ToDocument(in ReadOnlySequence<byte> document) =>
        document.IsSingleSegment ? document.First : document.ToArray();
}

/// <summary>One authorization strategy with the caller's claims.</summary>
/// <param name="Name">The strategy's name, such as <c>RelationshipsWithEdOrgsOnly</c>.</param>
/// <param name="Filters">The caller's claims: education organization ids or namespace prefixes.</param>
/// <param name="MustAllow">Whether the strategy is combined by <c>And</c>: every such strategy must allow the upsert.
/// Of all others, at least one must.</param>
public sealed record AuthorizationStrategy(string Name, IReadOnlyList<string> Filters, bool MustAllow = false);
