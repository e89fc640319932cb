namespace Laneway;

/// <summary>The severity of a log entry.</summary>
public enum LanewayLogLevel
{
    /// <summary>No entries.</summary>
    None = 0,

    /// <summary>Failures that need attention.</summary>
    Error = 1,

    /// <summary>Conditions that may need attention.</summary>
    Warning = 2,

    /// <summary>Important events.</summary>
    Information = 3,

    /// <summary>Details, for finding faults.</summary>
    Debug = 4,
}

/// <summary>A log entry of the native library.</summary>
/// <param name="Level">The severity.</param>
/// <param name="Timestamp">When it was written.</param>
/// <param name="Target">The part of the library that wrote it, such as <c>laneway_core::executor</c>.</param>
/// <param name="Message">The message.</param>
/// <param name="Fields">Further fields: a JSON object of strings.</param>
public readonly record struct LanewayLogEntry(
    LanewayLogLevel Level, DateTimeOffset Timestamp, string Target, string Message, string Fields);
