namespace Laneway.Tests.Samples;

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;

/// <summary>A program that runs: what it prints, line by line, and how it ends.</summary>
internal sealed class RunningProgram : IDisposable
{
    // Longer than a busy machine takes to build and to compile plugins.
    private static readonly TimeSpan PatienceMax = TimeSpan.FromMinutes(4);

    private readonly Process process;
    private readonly ConcurrentQueue<string> printed = new();
    private readonly Channel<string> lines = Channel.CreateUnbounded<string>();
    private readonly Task reading;

    internal RunningProgram(
        string program, IEnumerable<string> arguments, string folder, params (string Name, string? Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string? value) in environment)
        {
            start.Environment[name] = value;
        }

        process = Process.Start(start)!;
        reading = Task.WhenAll(Read(process.StandardOutput), Read(process.StandardError));
    }

    internal string Output => string.Join('\n', printed);

    /// <summary>Waits for a line that contains a text.</summary>
    internal async Task<string> Line(string part)
    {
        using var patience = new CancellationTokenSource(PatienceMax);
        try
        {
            while (true)
            {
                string line = await lines.Reader.ReadAsync(patience.Token);
                if (line.Contains(part, StringComparison.Ordinal))
                {
                    return line;
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ChannelClosedException)
        {
            throw new InvalidOperationException($"'{part}' was not printed, but:\n{Output}");
        }
    }

    /// <summary>Sends a signal, by its name.</summary>
    internal async Task Signal(string name)
    {
        using Process kill = Process.Start("kill", [$"-{name}", $"{process.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Waits for the end; the exit code.</summary>
    internal async Task<int> Ended()
    {
        await process.WaitForExitAsync().WaitAsync(PatienceMax);
        await reading;
        return process.ExitCode;
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
    }

    private async Task Read(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            printed.Enqueue(line);
            lines.Writer.TryWrite(line);
        }
    }
}
