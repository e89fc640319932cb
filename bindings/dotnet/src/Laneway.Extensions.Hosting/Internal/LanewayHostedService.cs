namespace Laneway.Extensions.Hosting.Internal;

using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

/// <summary>Opens the stores before the host's other services start and drains them after those have stopped: services that
/// handle requests find the stores open, and have ended when they close.</summary>
internal sealed partial class LanewayHostedService(
    LanewayStores stores, IOptionsFactory<LanewayOptions> options, IEnumerable<IOptionsChangeTokenSource<LanewayOptions>> changes,
    LanewayMetrics metrics, ILogger<LanewayHostedService> logger) : IHostedLifecycleService, IDisposable
{
    private IDisposable[] watched = [];

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await stores.StartAsync(cancellationToken).ConfigureAwait(false);
        metrics.Start();
        watched = [.. changes.Select(source => ChangeToken.OnChange(source.GetChangeToken, Reload))];
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return stores.StopAsync(cancellationToken);
    }

    public void Dispose()
    {
        foreach (IDisposable one in watched)
        {
            one.Dispose();
        }
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
            NotApplied(logger, exception.Message);
        }
    }

    [LoggerMessage(5, LogLevel.Error, "The changed configuration is not applied: {Reason}")]
    private static partial void NotApplied(ILogger logger, string reason);
}
