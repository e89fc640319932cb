namespace Laneway;

/// <summary>One upsert.</summary>
public readonly record struct UpsertRequest
{
    /// <summary>The project's name in URLs, such as <c>ed-fi</c>; matched without case.</summary>
    public required string Project { get; init; }

    /// <summary>The resource's name in URLs, such as <c>students</c>; matched without case.</summary>
    public required string Endpoint { get; init; }

    /// <summary>The document: a JSON object in UTF-8. It must not change until the upsert has been accepted, which it
    /// has when the call returns unless the call waits for room; so keep it until the upsert has ended.</summary>
    public ReadOnlyMemory<byte> Document { get; init; }

    /// <summary>The id that the document gets if it is new; <see cref="Guid.Empty"/>: one is made.</summary>
    public Guid DocumentUuid { get; init; }

    /// <summary>The caller's trace id, stored with the document; at most 128 characters.</summary>
    public string? TraceId { get; init; }

    /// <summary>How long the caller waits at most, for room too; <c>default</c>: for ever.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>What the document says about itself, where the host knows (<see cref="DocumentExtraction.ToUtf8"/>);
    /// empty: a plugin extracts. Like the document it must not change until the upsert has been accepted.</summary>
    public ReadOnlyMemory<byte> Extraction { get; init; }

    /// <summary>The caller's strategies; <c>null</c>: the host has decided already whether it is allowed.</summary>
    public IReadOnlyList<AuthorizationStrategy>? Authorization { get; init; }
}

/// <summary>One authorization strategy with the caller's claims.</summary>
/// <param name="Name">The strategy's name, such as <c>RelationshipsWithEdOrgsOnly</c>.</param>
/// <param name="Filters">The caller's claims: education organization ids or namespace prefixes.</param>
/// <param name="MustAllow">Whether each of these must allow; otherwise one of those that need not must.</param>
public sealed record AuthorizationStrategy(string Name, IReadOnlyList<string> Filters, bool MustAllow = false);
