namespace Laneway.Extensions.Hosting.Internal;

using System.Runtime.InteropServices;

/// <summary>Whether a signal has asked the process to end while this object lives. Changes nothing about what the
/// signals do.</summary>
internal sealed class TerminationSignals : IDisposable
{
    // What shells call the exit code of a process that a signal has ended.
    private const int ExitCodeBase = 128;

    private static readonly (PosixSignal Signal, int Number)[] Known =
        [(PosixSignal.SIGTERM, 15), (PosixSignal.SIGINT, 2), (PosixSignal.SIGQUIT, 3)];

    private readonly PosixSignalRegistration[] registrations;
    private volatile int received;

    internal TerminationSignals() => registrations =
        [.. Known.Select(known => PosixSignalRegistration.Create(known.Signal, _ => received = known.Number))];

    /// <summary>The exit code that tells of the signal; <c>null</c>: there was none.</summary>
    internal int? ExitCode => received > 0 ? ExitCodeBase + received : null;

    public void Dispose()
    {
        foreach (PosixSignalRegistration one in registrations)
        {
            one.Dispose();
        }
    }
}
