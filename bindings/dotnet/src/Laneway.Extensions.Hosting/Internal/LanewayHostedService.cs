namespace Laneway.Extensions.Hosting.Internal;

using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

/// <summary>Opens the stores before the host's other services start and drains them after those have stopped: services that
/// handle requests find the stores open, and have ended when they close. A host that does not know
/// <see cref="IHostedLifecycleService"/> opens and drains them in this service's own turn.</summary>
internal sealed class LanewayHostedService(
    LanewayStores stores, IOptionsFactory<LanewayOptions> options, IEnumerable<IOptionsChangeTokenSource<LanewayOptions>> changes,
    LanewayMetrics metrics, ILogger<LanewayHostedService> log, IHostApplicationLifetime? lifetime = null)
    : IHostedLifecycleService, IDisposable
{
    private readonly GuardedLogger logger = new(log);
    private IDisposable[] watched = [];
    private bool hasLifecycle;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        hasLifecycle = true;
        return Start(cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => hasLifecycle ? Task.CompletedTask : Start(cancellationToken);

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => hasLifecycle ? Task.CompletedTask : Stop(cancellationToken);

    public Task StoppedAsync(CancellationToken cancellationToken) => Stop(cancellationToken);

    public void Dispose()
    {
        foreach (IDisposable one in watched)
        {
            one.Dispose();
        }
    }

    private async Task Start(CancellationToken cancellation)
    {
        using var signals = new TerminationSignals();
        try
        {
            await stores.StartAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (lifetime?.ApplicationStopping.IsCancellationRequested ?? false)
        {
            HostLog.StoppedBeforeStart(logger);
            if (signals.ExitCode is { } exitCode)
            {
                // There is no orderly way out of a host that is still starting: what it starts next is cancelled too, which
                // ends the program by an unhandled exception.
                Environment.Exit(exitCode);
            }

            throw;
        }

        metrics.Start();
        watched = [.. changes.Select(source => ChangeToken.OnChange(source.GetChangeToken, Reload))];
    }

    private Task Stop(CancellationToken cancellation)
    {
        Dispose();
        return stores.StopAsync(cancellation);
    }

    private void Reload()
    {
        try
        {
            stores.Apply(options.Create(Options.DefaultName));
        }
#pragma warning disable CA1031 // Runs on the thread that noticed the change; the previous configuration stays in force.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            HostLog.NotApplied(logger, exception.Message);
        }
    }
}
