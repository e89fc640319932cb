namespace Laneway.Internal;

using System.Threading.Tasks.Sources;

/// <summary>What a caller wants to run when its upsert has ended, with the context to run it in. Whatever it does, the thread
/// that runs it goes on as before.</summary>
internal readonly struct Continuation
{
    private readonly Action<object?> action;
    private readonly object? argument;

    // Null for most: any thread of the pool, and a state machine that brings its own context.
    private readonly Place? place;

    internal Continuation(Action<object?> action, object? argument, ValueTaskSourceOnCompletedFlags flags)
    {
        this.action = action;
        this.argument = argument;
        place = flags == ValueTaskSourceOnCompletedFlags.None ? null : Place.Current(flags);
    }

    /// <summary>Runs it, unless there is none: on this thread, which is one of the pool, or where its context says.</summary>
    internal void Run()
    {
        if (action is null)
        {
            return;
        }

        if (place?.Scheduler is not null)
        {
            Schedule();
            return;
        }

        ExecutionContext? before = ExecutionContext.Capture();
        Invoke();
        // Other callers' continuations run on this thread next: they find none of this one's AsyncLocals.
        if (!ReferenceEquals(ExecutionContext.Capture(), before) && before is not null)
        {
            ExecutionContext.Restore(before);
        }

        if (SynchronizationContext.Current is not null)
        {
            SynchronizationContext.SetSynchronizationContext(null);
        }
    }

    /// <summary>Runs it later: its caller is not prepared for it to run at once.</summary>
    internal void Queue()
    {
        if (place?.Scheduler is null)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static one => one.Invoke(), this, preferLocal: true);
        }
        else
        {
            Schedule();
        }
    }

    private void Schedule()
    {
        Continuation one = this;
        try
        {
            if (place!.Scheduler is SynchronizationContext context)
            {
                context.Post(static boxed => ((Continuation)boxed!).Invoke(), one);
            }
            else
            {
                Task.Factory.StartNew(
                    static boxed => ((Continuation)boxed!).Invoke(), one, CancellationToken.None,
                    TaskCreationOptions.DenyChildAttach, (TaskScheduler)place.Scheduler!);
            }
        }
#pragma warning disable CA1031 // A caller's context that refuses must not end the thread that every upsert depends on.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Surface(exception);
        }
    }

    private void Invoke()
    {
        try
        {
            if (place?.Flow is null)
            {
                action(argument);
            }
            else
            {
                ExecutionContext.Run(
                    place.Flow, static boxed => ((Continuation)boxed!).action(((Continuation)boxed).argument), this);
            }
        }
#pragma warning disable CA1031 // A continuation that throws must not end the thread that runs other callers' too.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Surface(exception);
        }
    }

    // Reaches TaskScheduler.UnobservedTaskException, where a host looks for exceptions that no caller can catch.
    private static void Surface(Exception exception) => _ = Task.FromException(exception);

    /// <summary>Where a continuation runs.</summary>
    /// <param name="Flow">Its execution context; <c>null</c>: it brings its own.</param>
    /// <param name="Scheduler">A SynchronizationContext or a TaskScheduler; <c>null</c>: any thread of the pool.</param>
    private sealed record Place(ExecutionContext? Flow, object? Scheduler)
    {
        internal static Place? Current(ValueTaskSourceOnCompletedFlags flags)
        {
            object? scheduler = (flags & ValueTaskSourceOnCompletedFlags.UseSchedulingContext) == 0 ? null : CurrentScheduler();
            ExecutionContext? flow =
                (flags & ValueTaskSourceOnCompletedFlags.FlowExecutionContext) == 0 ? null : ExecutionContext.Capture();
            return scheduler is null && flow is null ? null : new Place(flow, scheduler);
        }

        private static object? CurrentScheduler()
        {
            if (SynchronizationContext.Current is { } context && context.GetType() != typeof(SynchronizationContext))
            {
                return context;
            }

            TaskScheduler scheduler = TaskScheduler.Current;
            return scheduler == TaskScheduler.Default ? null : scheduler;
        }
    }
}
