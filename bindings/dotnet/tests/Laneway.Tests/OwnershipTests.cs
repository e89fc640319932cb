namespace Laneway.Tests;

using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using Laneway.Internal;

/// <summary>The cells of the table of <see cref="RuntimeCore"/>: what a call too early, too late, twice, from two threads, or
/// never does to an upsert, a client, a runtime. Each mistake is its caller's alone: an innocent upsert beside it gets its own
/// outcome.</summary>
public sealed class OwnershipTests
{
    [Fact]
    public async Task An_outcome_taken_too_early_throws_and_the_upsert_goes_on()
    {
        await using var echo = new EchoStore();
        echo.Client.HoldEcho(true);
        (UpsertRequest request, ValueTask<UpsertOutcome> upsert) = Begin(echo);
        for (int at = 0; at < 1000; at++)
        {
            Assert.Throws<InvalidOperationException>(() => upsert.Result);
            Assert.Throws<InvalidOperationException>(() => upsert.GetAwaiter().GetResult());
        }

        (UpsertRequest innocent, ValueTask<UpsertOutcome> other) = Begin(echo);
        echo.Client.HoldEcho(false);
        Check(request, await upsert);
        Check(innocent, await other);
    }

    [Fact]
    public async Task An_outcome_taken_too_late_or_twice_throws_and_leaves_the_next_upsert_alone()
    {
        await using var echo = new EchoStore();
        (UpsertRequest request, ValueTask<UpsertOutcome> upsert) = Begin(echo);
        Check(request, await upsert);
        echo.Client.HoldEcho(true);
        // Has the object that the first one had.
        (UpsertRequest innocent, ValueTask<UpsertOutcome> other) = Begin(echo);
        Throws<InvalidOperationException>(() => upsert.Result);
        Throws<InvalidOperationException>(() => upsert.AsTask());
        Throws<InvalidOperationException>(() => upsert.IsCompleted);
        Throws<InvalidOperationException>(() => upsert.GetAwaiter().UnsafeOnCompleted(Fail));
        Assert.False(other.IsCompleted);
        echo.Client.HoldEcho(false);
        Check(innocent, await other);
        Throws<InvalidOperationException>(() => upsert.Result);
        Throws<InvalidOperationException>(() => other.Result);
    }

    [Fact]
    public async Task An_outcome_taken_by_several_threads_goes_to_one_of_them()
    {
        await using var echo = new EchoStore();
        for (int round = 0; round < 500; round++)
        {
            (UpsertRequest request, ValueTask<UpsertOutcome> upsert) = Begin(echo);
            while (!upsert.IsCompleted)
            {
                await Task.Yield();
            }

            int taken = 0;
            Parallel.For(0, 4, _ =>
            {
                try
                {
                    Check(request, upsert.Result);
                    Interlocked.Increment(ref taken);
                }
                catch (InvalidOperationException)
                {
                }
            });
            Assert.Equal(1, taken);
            (UpsertRequest innocent, ValueTask<UpsertOutcome> other) = Begin(echo);
            Check(innocent, await other);
        }
    }

    [Fact]
    public async Task An_outcome_that_is_never_taken_is_collected_and_so_is_what_carried_it()
    {
        await using var echo = new EchoStore();
        using var source = new CancellationTokenSource();
        List<WeakReference> left = Leave(echo, source.Token);
        await echo.Client.CheckpointAsync();
        await Collected(left);
        // The source lives, and no longer refers to them.
        GC.KeepAlive(source);
        Assert.Equal(100, echo.Client.GetStats().Outcomes["inserted"]);
    }

    [Fact]
    public async Task A_second_continuation_throws_and_the_first_runs_once()
    {
        await using var echo = new EchoStore();
        echo.Client.HoldEcho(true);
        (UpsertRequest request, ValueTask<UpsertOutcome> upsert) = Begin(echo);
        int ran = 0;
        var ended = new TaskCompletionSource<UpsertOutcome>();
        upsert.GetAwaiter().OnCompleted(() =>
        {
            Interlocked.Increment(ref ran);
            ended.SetResult(upsert.Result);
        });
        Throws<InvalidOperationException>(() => upsert.GetAwaiter().OnCompleted(Fail));
        Throws<InvalidOperationException>(() => upsert.GetAwaiter().UnsafeOnCompleted(Fail));
        Throws<InvalidOperationException>(() => upsert.AsTask());
        echo.Client.HoldEcho(false);
        Check(request, await ended.Task);
        Assert.Equal(1, ran);
    }

    [Fact]
    public async Task Of_continuations_from_several_threads_one_is_registered_and_the_others_throw()
    {
        await using var echo = new EchoStore();
        for (int round = 0; round < 200; round++)
        {
            echo.Client.HoldEcho(true);
            (UpsertRequest request, ValueTask<UpsertOutcome> upsert) = Begin(echo);
            var tasks = new List<Task<UpsertOutcome>>();
            int threw = 0;
            Parallel.For(0, 4, _ =>
            {
                try
                {
                    Task<UpsertOutcome> task = upsert.AsTask();
                    lock (tasks)
                    {
                        tasks.Add(task);
                    }
                }
                catch (InvalidOperationException)
                {
                    Interlocked.Increment(ref threw);
                }
            });
            echo.Client.HoldEcho(false);
            Check(request, await Assert.Single(tasks));
            Assert.Equal(3, threw);
        }
    }

    [Fact]
    public async Task A_continuation_that_throws_reaches_those_who_look_for_it_and_no_other_upsert()
    {
        await using var echo = new EchoStore();
        var surfaced = new TaskCompletionSource();
        void Observe(object? sender, UnobservedTaskExceptionEventArgs args)
        {
            if (args.Exception.InnerException?.Message == nameof(A_continuation_that_throws_reaches_those_who_look_for_it_and_no_other_upsert))
            {
                surfaced.TrySetResult();
            }
        }

        TaskScheduler.UnobservedTaskException += Observe;
        echo.Client.HoldEcho(true);
        Begin(echo).Upsert.GetAwaiter().UnsafeOnCompleted(() =>
            throw new InvalidTimeZoneException(nameof(A_continuation_that_throws_reaches_those_who_look_for_it_and_no_other_upsert)));
        (UpsertRequest innocent, ValueTask<UpsertOutcome> other) = Begin(echo);
        Task<UpsertOutcome> ended = other.AsTask();
        echo.Client.HoldEcho(false);
        Check(innocent, await ended);
        while (!surfaced.Task.IsCompleted)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Yield();
        }

        TaskScheduler.UnobservedTaskException -= Observe;
    }

    [Fact]
    public async Task What_a_continuation_leaves_on_its_thread_the_next_does_not_find()
    {
        await using var echo = new EchoStore();
        var local = new AsyncLocal<string?>();
        echo.Client.HoldEcho(true);
        var seen = new TaskCompletionSource<(string? Local, object? Context, bool Flows)>();
        Begin(echo).Upsert.GetAwaiter().UnsafeOnCompleted(() =>
        {
            local.Value = "left";
            SynchronizationContext.SetSynchronizationContext(new Unwilling());
            ExecutionContext.SuppressFlow();
        });
        // In the same chunk of completions as the other one, and behind it.
        Begin(echo).Upsert.GetAwaiter().UnsafeOnCompleted(() =>
            seen.SetResult((local.Value, SynchronizationContext.Current, !ExecutionContext.IsFlowSuppressed())));
        echo.Client.HoldEcho(false);
        Assert.Equal((null, null, true), await seen.Task);
    }

    [Fact]
    public async Task A_context_that_refuses_a_continuation_delays_no_other_upsert()
    {
        await using var echo = new EchoStore();
        echo.Client.HoldEcho(true);
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(new Unwilling());
        Begin(echo).Upsert.GetAwaiter().UnsafeOnCompleted(Fail);
        SynchronizationContext.SetSynchronizationContext(before);
        (UpsertRequest innocent, ValueTask<UpsertOutcome> other) = Begin(echo);
        Task<UpsertOutcome> ended = other.AsTask();
        echo.Client.HoldEcho(false);
        Check(innocent, await ended);
    }

    [Fact]
    public async Task A_token_cancelled_twice_and_by_several_threads_ends_its_upsert_once()
    {
        await using var echo = new EchoStore(new LanewayLimits { StoreItemsMax = 2 });
        for (int round = 0; round < 200; round++)
        {
            echo.Client.HoldEcho(true);
            using var source = new CancellationTokenSource();
            Task<UpsertOutcome> pending = echo.Client.UpsertAsync(EchoStore.Request(), source.Token).AsTask();
            (UpsertRequest innocent, ValueTask<UpsertOutcome> other) = Begin(echo);
            Task<UpsertOutcome> waits = echo.Client.UpsertAsync(EchoStore.Request(), source.Token).AsTask();
            Parallel.For(0, 4, _ => source.Cancel());
            foreach (Task<UpsertOutcome> cancelled in (Task<UpsertOutcome>[])[pending, waits])
            {
                Assert.Equal(source.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled)).CancellationToken);
            }

            echo.Client.HoldEcho(false);
            Check(innocent, await other);
        }
    }

    [Fact]
    public async Task A_request_s_memory_is_let_go_at_the_end_also_of_one_that_waited_for_room()
    {
        await using var echo = new EchoStore(new LanewayLimits { StoreItemsMax = 1 });
        echo.Client.HoldEcho(true);
        Task<UpsertOutcome> held = echo.Upsert().AsTask();
        (WeakReference memory, Task<UpsertOutcome> waits) = UpsertOfOwnMemory(echo);
        echo.Client.HoldEcho(false);
        await Task.WhenAll(held, waits);
        await Collected([memory]);
    }

    [Fact]
    public async Task A_client_closed_by_several_threads_at_once_closes_and_ends_its_upserts()
    {
        await using var echo = new EchoStore();
        LanewayClient client = echo.Runtime.OpenEcho();
        client.HoldEcho(true);
        Task<UpsertOutcome>[] pending =
            [.. Enumerable.Range(0, 100).Select(_ => client.UpsertAsync(EchoStore.Request()).AsTask())];
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => client.CloseAsync(TimeSpan.Zero).AsTask())));
        Assert.All(await Task.WhenAll(pending), outcome => Assert.IsType<UpsertOutcome.Closed>(outcome));
        Assert.Throws<ObjectDisposedException>(() => client.Batching);
        Assert.Throws<ObjectDisposedException>(() => client.SetLimits(new LanewayLimits()));
        (UpsertRequest innocent, ValueTask<UpsertOutcome> other) = Begin(echo);
        Check(innocent, await other);
    }

    [Fact]
    public async Task A_client_closed_while_a_continuation_blocks_on_that_closes()
    {
        await using var echo = new EchoStore();
        LanewayClient client = echo.Runtime.OpenEcho();
        await Task.Run(async () =>
        {
            await client.UpsertAsync(EchoStore.Request());
            client.DisposeAsync().AsTask().GetAwaiter().GetResult();
        });
        (UpsertRequest innocent, ValueTask<UpsertOutcome> other) = Begin(echo);
        Check(innocent, await other);
    }

    [Fact]
    public async Task A_close_that_is_blocked_on_needs_no_thread_of_the_pool()
    {
        var echo = new EchoStore();
        // Blocking on these ends where they are set, on the thread that pulls; any other task would end on a pool's.
        Assert.Same(echo.Client.Store.Closed, echo.Client.CloseAsync(TimeSpan.Zero).AsTask());
        Assert.Same(echo.Runtime.Core.Closed, echo.Runtime.CloseAsync(TimeSpan.Zero).AsTask());
        Assert.Same(echo.Runtime.Core.Closed, echo.DisposeAsync().AsTask());
        await echo.Runtime.Core.Closed;
    }

    [Fact]
    public async Task A_client_that_is_never_closed_closes_with_its_runtime()
    {
        var echo = new EchoStore();
        LanewayClient left = echo.Runtime.OpenEcho();
        await echo.DisposeAsync();
        Assert.IsType<UpsertOutcome.Closed>(await left.UpsertAsync(EchoStore.Request()));
    }

    [Fact]
    public async Task A_runtime_closed_by_several_threads_at_once_closes()
    {
        var echo = new EchoStore();
        Task<UpsertOutcome>[] pending = [.. Enumerable.Range(0, 100).Select(_ => echo.Upsert().AsTask())];
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => echo.DisposeAsync().AsTask())));
        Assert.All(await Task.WhenAll(pending), outcome => Assert.Equal("inserted", outcome.Name));
        Throws<ObjectDisposedException>(() => echo.Runtime.OpenEcho());
    }

    [Fact]
    public void An_object_whose_versions_are_used_up_is_not_used_again()
    {
        var core = default(GuardedValueTaskSourceCore);
        var seen = new HashSet<short>();
        do
        {
            Assert.True(seen.Add(core.Version));
            core.End(UpsertOutcome.Closed.Instance, null);
            core.Take(core.Version);
        }
        while (core.Renew());
        Assert.Equal(1 << 16, seen.Count);
    }

    [Fact]
    public void The_table_hands_a_slot_to_one_use_at_a_time_and_finds_it_by_its_token_alone()
    {
        var table = new OperationTable();
        var tokens = new HashSet<ulong>();
        for (int round = 0; round < 3; round++)
        {
            Operation[] rented = [.. Enumerable.Range(0, 1000).Select(_ => table.Rent())];
            Assert.Equal(1000, rented.Distinct().Count());
            Assert.All(rented, one => Assert.True(tokens.Add(one.Token)));
            // None is open: its caller has not begun.
            Assert.All(tokens, token => Assert.Null(table.Find(token)));
            foreach (Operation one in rented)
            {
                table.Vacate((uint)one.Token);
            }

            Assert.Empty(table.All());
            rented[0].Token = 0;
            table.Adopt(rented[0]);
            Assert.Same(rented[0], table.Rent());
            table.Return((uint)rented[0].Token);
            table.Vacate((uint)table.Rent().Token);
        }

        Assert.Equal(1024, table.Capacity);
        Assert.Null(table.Find(ulong.MaxValue));
    }

    [Fact]
    public async Task A_checkpoint_is_reached_at_the_latest_when_its_client_closes()
    {
        await using var echo = new EchoStore();
        echo.Client.HoldEcho(true);
        (UpsertRequest _, ValueTask<UpsertOutcome> upsert) = Begin(echo);
        Task early = echo.Client.CheckpointAsync();
        Assert.False(early.IsCompleted);
        await echo.Client.CloseAsync(TimeSpan.Zero);
        await early;
        Assert.IsType<UpsertOutcome.Closed>(await upsert);
        await echo.Client.CheckpointAsync();
    }

    [Fact]
    public async Task Each_of_several_checkpoints_is_reached()
    {
        await using var echo = new EchoStore();
        echo.Client.HoldEcho(true);
        (UpsertRequest request, ValueTask<UpsertOutcome> upsert) = Begin(echo);
        Task[] threads = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(() => echo.Client.CheckpointAsync()))];
        echo.Client.HoldEcho(false);
        await Task.WhenAll(threads);
        Check(request, await upsert);
    }

    [Fact]
    public async Task A_checkpoint_that_no_one_awaits_is_collected()
    {
        await using var echo = new EchoStore();
        List<WeakReference> left = Checkpoints(echo);
        await echo.Client.CheckpointAsync();
        await Collected(left);
    }

    [Fact]
    public void Each_cell_of_the_table_names_a_test()
    {
        string[] tests = [.. typeof(OwnershipTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods()).Where(method => method.IsDefined(typeof(FactAttribute), inherit: true))
            .Select(method => method.Name)];
        string[] cells = [.. File.ReadLines(Path.Combine(Needs.Repository().FullName, "bindings/dotnet/src/Laneway/Internal/RuntimeCore.cs"))
            .Where(line => line.StartsWith("//   ", StringComparison.Ordinal)).Select(line => line.Split(' ')[^1])];
        Assert.InRange(cells.Length, 20, 100);
        Assert.All(cells, cell => Assert.Contains(cell, tests));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static List<WeakReference> Leave(EchoStore echo, CancellationToken token)
    {
        echo.Client.HoldEcho(true);
        for (int at = 0; at < 100; at++)
        {
            _ = echo.Client.UpsertAsync(EchoStore.Request(), token);
        }

        List<WeakReference> left = [.. echo.Runtime.Core.Operations.All().Select(operation => new WeakReference(operation))];
        Assert.Equal(100, left.Count);
        echo.Client.HoldEcho(false);
        return left;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static List<WeakReference> Checkpoints(EchoStore echo) =>
        [.. Enumerable.Range(0, 100).Select(_ => new WeakReference(echo.Client.CheckpointAsync()))];

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (WeakReference Memory, Task<UpsertOutcome> Upsert) UpsertOfOwnMemory(EchoStore echo)
    {
        byte[] document = "{}"u8.ToArray();
        return (new WeakReference(document), echo.Client.UpsertAsync(EchoStore.Request() with { Document = document }).AsTask());
    }

    /// <summary>Returns when none of the objects is left.</summary>
    private static async Task Collected(List<WeakReference> left)
    {
        while (left.Exists(one => one.IsAlive))
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Yield();
        }
    }

    private static (UpsertRequest Request, ValueTask<UpsertOutcome> Upsert) Begin(EchoStore echo)
    {
        UpsertRequest request = EchoStore.Request();
        return (request, echo.Client.UpsertAsync(request));
    }

    private static void Check(UpsertRequest request, UpsertOutcome outcome) =>
        Assert.Equal(request.DocumentUuid, Assert.IsType<UpsertOutcome.Inserted>(outcome).DocumentUuid);

    private static void Throws<TException>(Func<object?> call)
        where TException : Exception => Assert.Throws<TException>(call);

    private static void Throws<TException>(Action call)
        where TException : Exception => Assert.Throws<TException>(call);

    private static void Fail() => throw new InvalidTimeZoneException("It must not run.");

    private sealed class Unwilling : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => throw new InvalidTimeZoneException("closed");
    }
}
