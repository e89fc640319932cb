namespace Laneway;

/// <summary>How much a log entry matters.</summary>
public enum LanewayLogLevel
{
    /// <summary>Nothing is kept.</summary>
    None = 0,

    /// <summary>Somebody should look.</summary>
    Error = 1,

    /// <summary>Somebody may want to look.</summary>
    Warning = 2,

    /// <summary>What happens.</summary>
    Information = 3,

    /// <summary>What happens in detail.</summary>
    Debug = 4,
}

/// <summary>What the native library says.</summary>
/// <param name="Level">How much it matters.</param>
/// <param name="Timestamp">When it was said.</param>
/// <param name="Target">The part of the library that says it.</param>
/// <param name="Message">What it says.</param>
/// <param name="Fields">Details: a JSON object of texts.</param>
public readonly record struct LanewayLogEntry(
    LanewayLogLevel Level, DateTimeOffset Timestamp, string Target, string Message, string Fields);
