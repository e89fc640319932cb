namespace Laneway.Internal;

using System.Collections.Concurrent;
using Laneway.Native;

// Who owns what, and until when; below each what happens to a call that comes too early, too late, twice, from several
// threads, or never. Every mistake is its caller's alone. Each line names its test.
//
// An upsert's outcome: the runtime's until the upsert has ended, then its ValueTask's until it is taken.
//   too early: throws         An_outcome_taken_too_early_throws_and_the_upsert_goes_on
//   too late, twice: throws   An_outcome_taken_too_late_or_twice_throws_and_leaves_the_next_upsert_alone
//   threads: one gets it      An_outcome_taken_by_several_threads_goes_to_one_of_them
//   never: collected          An_outcome_that_is_never_taken_is_collected_and_so_is_what_carried_it
//   never, a million times    A_million_upserts_that_are_never_awaited_leave_nothing
// Its continuation: the upsert's until it has ended. It runs once.
//   too late: throws          An_outcome_taken_too_late_or_twice_throws_and_leaves_the_next_upsert_alone
//   twice: throws             A_second_continuation_throws_and_the_first_runs_once
//   threads: one, or throws   Of_continuations_from_several_threads_one_is_registered_and_the_others_throw
//   it throws: observable     A_continuation_that_throws_reaches_those_who_look_for_it_and_no_other_upsert
//   its context refuses       A_context_that_refuses_a_continuation_delays_no_other_upsert
//   it leaves AsyncLocals     What_a_continuation_leaves_on_its_thread_the_next_does_not_find
//   it blocks: others help    A_continuation_that_blocks_does_not_delay_those_in_the_same_chunk
// Its registration with the caller's token: the upsert's until it has ended.
//   too early: not begun      A_cancelled_token_hands_nothing_over
//   too late: no effect       A_late_cancellation_has_no_effect
//   twice, threads: one end   A_token_cancelled_twice_and_by_several_threads_ends_its_upsert_once
//   never: lets it go         An_outcome_that_is_never_taken_is_collected_and_so_is_what_carried_it
// The request's memory: the caller's again when the call has returned or, if it waits for room, at the end.
//   never taken: let go       A_request_s_memory_is_let_go_at_the_end_also_of_one_that_waited_for_room
// A batch of records and details: its worker's, and that of the helpers that joined, until the last has left.
//   late, threads             Each_caller_gets_its_own_outcome_whether_it_continues_spins_blocks_or_yields
//   too early: waits          Upserts_that_end_just_before_the_runtime_closes_have_their_own_outcomes
// A slot: one use's until its end; the object's 65,536 versions: one use each.
//   late: found by no token   The_table_hands_a_slot_to_one_use_at_a_time_and_finds_it_by_its_token_alone
//   versions used up          An_object_whose_versions_are_used_up_is_not_used_again
// A client's handle: the client's until it is closed.
//   too late: closed          A_closed_client_can_be_closed_again_and_ends_upserts_as_closed
//   threads: all complete     A_client_closed_by_several_threads_at_once_closes_and_ends_its_upserts
//   in a continuation         A_client_closed_while_a_continuation_blocks_on_that_closes
//   many block on closes      A_close_that_is_blocked_on_needs_no_thread_of_the_pool
//   never: by its runtime     A_client_that_is_never_closed_closes_with_its_runtime
// The runtime's: likewise.
//   too late, twice: closed   A_closed_client_can_be_closed_again_and_ends_upserts_as_closed
//   threads: all complete     A_runtime_closed_by_several_threads_at_once_closes
//   in a continuation         A_runtime_can_be_disposed_of_from_a_continuation
//   never: finalized          A_runtime_that_is_never_disposed_of_is_released
//   never, with upserts       A_pending_upsert_keeps_its_runtime_alive
// A checkpoint: reached when all upserts that began before have ended, also those that end as closed.
//   too late: reached         A_checkpoint_is_reached_at_the_latest_when_its_client_closes
//   twice, threads: each      Each_of_several_checkpoints_is_reached
//   never awaited: let go     A_checkpoint_that_no_one_awaits_is_collected
// Plugins' handle: the object's until it is disposed of; clients that were opened with it keep the plugins.
//   too late, twice: throws   Plugins_that_were_disposed_of_throw_at_each_call_and_can_be_disposed_of_again
//   threads: answer, or throw Plugins_disposed_of_by_several_threads_while_others_use_them_answer_or_throw
//   never: finalized          Plugins_that_are_never_disposed_of_are_finalized
// What plugins are loaded from: the caller's again when they are loaded, or are not.
//   too late: no effect       What_plugins_are_loaded_from_is_pinned_until_they_are_and_no_longer
// A log entry: copied when it is read, and the host's then.
//   late: still the same      A_long_entry_is_cut_and_those_behind_it_come
//   the handler throws        A_handler_that_throws_gets_the_next_entry
//   the handler blocks        A_handler_that_blocks_delays_no_upsert_and_no_other_runtime_s_log
//   the handler disposes      A_handler_may_dispose_of_the_runtime

/// <summary>Everything that the pump's thread references: the native runtime, its operations, its stores. Not the public
/// object, so that its finalizer can run.</summary>
internal sealed class RuntimeCore
{
    // How often the pump looks for continuations that block and for waiting operations that are late; only while there are
    // workers or waiting operations.
    private const int TickMs = 10;

    // How long completions may wait while all workers are in continuations.
    private const int WorkersBusyMaxMs = 1;

    // How long a close waits until the host has got the last log entries. Not longer: the host may be closing the runtime in
    // the very call that receives one.
    private const int LogsLastMs = 1000;

    private readonly ConcurrentDictionary<ulong, StoreCore> stores = new();
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CompletionReader reader;
    private readonly CompletionWorkers workers;
    private readonly LogReader logs;
    private long lookedAt = Environment.TickCount64;

    // The operations of all stores that wait for room.
    private int waiting;

    internal RuntimeCore(ulong handle, int batchSize, Action<LanewayLogEntry>? logs)
    {
        Handle = handle;
        reader = new CompletionReader(handle, Operations, OnEvent);
        workers = new CompletionWorkers(reader, batchSize);
        this.logs = new LogReader(handle, logs);
        // Unsafe: it would keep the AsyncLocals of whoever happens to create the runtime, and add what it does to their trace.
        new Thread(Pump) { Name = "laneway-pump", IsBackground = true }.UnsafeStart();
    }

    internal ulong Handle { get; }

    internal OperationTable Operations { get; } = new();

    /// <summary>Completes when the native runtime is closed and destroyed.</summary>
    internal Task Closed => closed.Task;

    internal void Add(StoreCore store) => stores[store.Handle] = store;

    internal void Remove(StoreCore store) => stores.TryRemove(store.Handle, out _);

    /// <summary>Counts operations that wait for room: the pump watches their deadlines.</summary>
    internal void CountWaiting(int more)
    {
        if (Interlocked.Add(ref waiting, more) == more)
        {
            WakePump();
        }
    }

    // While no operation waits for room, the pump sleeps without a timeout.
    private unsafe void WakePump() => NativeMethods.CompletionsWake(Handle, null);

    /// <summary>The pump's loop: waits for completions, starts a worker with the first, and sleeps while workers read.
    /// </summary>
    private void Pump()
    {
        while (!reader.HasEnded)
        {
            CompletionBatch batch = workers.Rent();
            if (reader.Wait(batch, Volatile.Read(ref waiting) > 0 ? TickMs : -1))
            {
                workers.Start(batch);
            }
            else
            {
                workers.Return(batch);
            }

            Look();
            while (!reader.HasEnded && !workers.WaitIdle(WorkersBusyMaxMs))
            {
                workers.ReadIfStuck();
                Look();
            }
        }

        End();
    }

    /// <summary>Completes everything that is left. After a close nothing is; a runtime that was abandoned by its finalizer
    /// posts no further records.</summary>
    private unsafe void End()
    {
        foreach (StoreCore store in stores.Values)
        {
            store.OnClosed();
        }

        foreach (Operation operation in Operations.All())
        {
            operation.EndElsewhere(operation.Open, UpsertOutcome.Closed.Instance);
        }

        logs.ReadLast(LogsLastMs);
        NativeMethods.RuntimeDestroy(Handle, null);
        closed.TrySetResult();
    }

    /// <summary>Handles a record that does not end an operation, on the thread that read it.</summary>
    private void OnEvent(NativeCompletion record)
    {
        switch ((NativeCompletionKind)record.Kind)
        {
            case NativeCompletionKind.Checkpoint when stores.TryGetValue(record.Store, out StoreCore? store):
                store.OnCheckpoint(record.Token);
                break;
            case NativeCompletionKind.Room:
                foreach (KeyValuePair<ulong, StoreCore> entry in stores)
                {
                    if (record.Store == 0 || record.Store == entry.Key)
                    {
                        entry.Value.OnRoom();
                    }
                }

                break;
            case NativeCompletionKind.StoreClosed when stores.TryGetValue(record.Store, out StoreCore? store):
                store.OnClosed();
                break;
            case NativeCompletionKind.Logs:
                logs.Read();
                break;
        }
    }

    /// <summary>The pump's periodic work.</summary>
    private void Look()
    {
        long now = Environment.TickCount64;
        if (now - lookedAt < TickMs)
        {
            return;
        }

        lookedAt = now;
        workers.HelpIfStuck();
        if (Volatile.Read(ref waiting) > 0)
        {
            foreach (KeyValuePair<ulong, StoreCore> entry in stores)
            {
                entry.Value.ExpireWaiting(now);
            }
        }
    }
}
