namespace Laneway.Extensions.Hosting.Internal;

using Microsoft.Extensions.Logging;

/// <summary>A log whose failures stay its own: an entry that it throws at is lost, and whoever wrote it goes on. A drain must
/// not depend on the line that announces it, nor a timer's thread on any.</summary>
internal sealed class GuardedLogger(ILogger inner) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return inner.IsEnabled(logLevel);
        }
#pragma warning disable CA1031 // As the class promises.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
#pragma warning disable CA1031 // As the class promises.
        catch (Exception)
#pragma warning restore CA1031
        {
            // There is nowhere to report it.
        }
    }
}
