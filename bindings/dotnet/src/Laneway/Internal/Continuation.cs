namespace Laneway.Internal;

using System.Threading.Tasks.Sources;

/// <summary>What a caller wants to run when its upsert has ended, with the context to run it in. Whatever it does, the thread
/// that runs it goes on as before.</summary>
internal readonly struct Continuation
{
    private readonly Action<object?> action;
    private readonly object? argument;
    private readonly ExecutionContext? flow;

    // A SynchronizationContext or a TaskScheduler; null: any thread of the pool.
    private readonly object? scheduler;

    internal Continuation(Action<object?> action, object? argument, ValueTaskSourceOnCompletedFlags flags)
    {
        this.action = action;
        this.argument = argument;
        flow = (flags & ValueTaskSourceOnCompletedFlags.FlowExecutionContext) == 0 ? null : ExecutionContext.Capture();
        scheduler = (flags & ValueTaskSourceOnCompletedFlags.UseSchedulingContext) == 0 ? null : CurrentScheduler();
    }

    /// <summary>Runs it, unless there is none: on this thread, which is one of the pool, or where its context says.</summary>
    internal void Run()
    {
        if (action is null)
        {
            return;
        }

        if (scheduler is null)
        {
            Invoke();
        }
        else
        {
            Schedule();
        }
    }

    /// <summary>Runs it later: its caller is not prepared for it to run at once.</summary>
    internal void Queue()
    {
        if (scheduler is null)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static one => one.Invoke(), this, preferLocal: true);
        }
        else
        {
            Schedule();
        }
    }

    private static object? CurrentScheduler()
    {
        if (SynchronizationContext.Current is { } context && context.GetType() != typeof(SynchronizationContext))
        {
            return context;
        }

        return TaskScheduler.Current == TaskScheduler.Default ? null : TaskScheduler.Current;
    }

    private void Schedule()
    {
        Continuation one = this;
        try
        {
            if (scheduler is SynchronizationContext context)
            {
                context.Post(static boxed => ((Continuation)boxed!).Invoke(), one);
            }
            else
            {
                Task.Factory.StartNew(
                    static boxed => ((Continuation)boxed!).Invoke(), one, CancellationToken.None,
                    TaskCreationOptions.DenyChildAttach, (TaskScheduler)scheduler!);
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
        ExecutionContext? before = ExecutionContext.Capture();
        SynchronizationContext? context = SynchronizationContext.Current;
        try
        {
            if (flow is null)
            {
                action(argument);
            }
            else
            {
                ExecutionContext.Run(flow, static boxed => ((Continuation)boxed!).action(((Continuation)boxed).argument), this);
            }
        }
#pragma warning disable CA1031 // A continuation that throws must not end the thread that runs other callers' too.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Surface(exception);
        }

        // Other callers' continuations run on this thread next: they find none of this one's AsyncLocals.
        if (before is not null && !ReferenceEquals(ExecutionContext.Capture(), before))
        {
            ExecutionContext.Restore(before);
        }

        if (!ReferenceEquals(SynchronizationContext.Current, context))
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    // Reaches TaskScheduler.UnobservedTaskException, where a host looks for exceptions that no caller can catch.
    private static void Surface(Exception exception) => _ = Task.FromException(exception);
}
