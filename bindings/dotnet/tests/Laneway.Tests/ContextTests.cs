namespace Laneway.Tests;

using System.Runtime.CompilerServices;
using Laneway.Extensions.Hosting.Internal;
using Laneway.Tests.Hosting;

/// <summary>Nothing of whoever creates a runtime stays with it.</summary>
public sealed class ContextTests
{
    private static readonly AsyncLocal<object?> Local = new();

    [Fact]
    public async Task An_AsyncLocal_of_a_runtime_s_creator_is_collected_while_the_runtime_lives()
    {
        (WeakReference value, EchoStore echo) = await Task.Run(CreateEcho);
        await echo.Upsert();
        await Collected(value);
        await echo.DisposeAsync();
    }

    [Fact]
    public async Task An_AsyncLocal_of_a_log_s_creator_is_collected_while_the_log_lives()
    {
        (WeakReference value, LogForwarder forwarder) = await Task.Run(CreateForwarder);
        await Collected(value);
        await forwarder.DisposeAsync();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (WeakReference Value, EchoStore Echo) CreateEcho()
    {
        Local.Value = new byte[1000];
        return (new WeakReference(Local.Value), new EchoStore(options: new LanewayRuntimeOptions { Log = static _ => { } }));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (WeakReference Value, LogForwarder Forwarder) CreateForwarder()
    {
        Local.Value = new byte[1000];
        return (new WeakReference(Local.Value), new LogForwarder(new TestLog()));
    }

    private static async Task Collected(WeakReference value)
    {
        while (value.IsAlive)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Yield();
        }
    }
}
