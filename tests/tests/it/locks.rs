//! Locks that another session holds while documents are handed over: those that need them wait, and no others. No scene
//! rests on time: what does not need the lock settles before it is released.

use std::time::{Duration, Instant};

use laneway_core::{FlushReason, Ticket};
use laneway_model::{Limits, OutcomeKind, ReferentialId};
use laneway_tests::locks::{ALIAS, CHILD, DOCUMENT, HIERARCHY, INDEX, PERSON, Scene, Stage, TABLE};
use laneway_tests::wait::{until, within};

/// How many documents that do not need the lock are handed over before those that do, and after them.
const OTHERS: usize = 100;

/// Documents that have to do with nothing else.
async fn submit_others(stage: &Stage, from: usize) -> Vec<Ticket> {
    let mut tickets = Vec::with_capacity(OTHERS);
    for number in from..from + OTHERS {
        let body = format!(r#"{{"learningStandardId":"other {number}"}}"#);
        tickets.push(stage.submit(("learningStandards", &body)).await);
    }
    tickets
}

async fn play_on(stage: &Stage, scene: &Scene<'_>) {
    stage.lock(scene.lock).await;
    let mut others = submit_others(stage, 0).await;
    let mut needs = Vec::new();
    for upsert in scene.needs {
        needs.push(stage.submit(*upsert).await);
    }
    for upsert in scene.related {
        others.push(stage.submit(*upsert).await);
    }
    others.extend(submit_others(stage, OTHERS).await);
    for ticket in others {
        let kind = outcome(ticket).await;
        assert!(is_stored(kind), "{kind:?} under {}", scene.lock);
    }
    for ticket in &mut needs {
        assert!(futures_util::poll!(ticket).is_pending(), "settled under {}", scene.lock);
    }
    stage.release().await;
    for ticket in needs {
        let kind = outcome(ticket).await;
        assert!(is_stored(kind), "{kind:?} after {}", scene.lock);
    }
}

fn is_stored(kind: OutcomeKind) -> bool {
    matches!(kind, OutcomeKind::Inserted | OutcomeKind::Updated)
}

async fn outcome(ticket: Ticket) -> OutcomeKind {
    within("an outcome", ticket).await.outcome.kind()
}

async fn play(scene: &Scene<'_>, batching: bool) {
    let limits = Limits { batching, ..Limits::default() };
    let Some(stage) = Stage::set_up(limits).await else { return };
    play_on(&stage, scene).await;
    assert_eq!(stage.runtime.stats().retries, 0, "what is locked counts as no retry");
    stage.runtime.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_document_costs_no_other() {
    play(&DOCUMENT, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_document_costs_no_other_without_batches() {
    play(&DOCUMENT, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_alias_costs_only_what_refers_to_it() {
    play(&ALIAS, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_person_costs_only_their_documents() {
    play(&PERSON, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_locked_hierarchy_costs_only_what_reads_it() {
    play(&HIERARCHY, true).await;
}

/// A key that another session is inserting is waited for as a lock is, but cannot be asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_identity_that_another_session_inserts_costs_no_other() {
    let id = ReferentialId::of("Ed-Fi", "LearningStandard", [("$.learningStandardId", "new")]);
    let lock = format!(
        "INSERT INTO dms.alias (referentialpartitionkey, referentialid, documentpartitionkey, documentid) \
         SELECT {}, '{}', documentpartitionkey, id FROM dms.document WHERE resourcename = 'LearningStandard'",
        id.partition().get(),
        id.0,
    );
    let needs = &[("learningStandards", r#"{"learningStandardId":"new"}"#)];
    play(&Scene { lock: &lock, needs, related: &[] }, true).await;
}

/// Held for long enough that every flush has run into it: three tries of what was set aside.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_table_is_waited_for() {
    for lock in [TABLE, INDEX] {
        let Some(stage) = Stage::set_up(Limits::default()).await else { return };
        stage.lock(lock).await;
        let mut tickets = submit_others(&stage, 0).await;
        tickets.push(stage.submit(CHILD).await);
        let is_tried = async || {
            // A round trip, so that the loop does not spin.
            stage.other.batch_execute("SELECT").await.expect("an answer");
            stage.runtime.stats().reason(FlushReason::Locked) >= 3
        };
        until("three tries", is_tried).await;
        stage.release().await;
        for ticket in tickets {
            assert_eq!(outcome(ticket).await, OutcomeKind::Inserted, "{lock}");
        }
        stage.runtime.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_needs_a_lock_ends_at_its_deadline_or_as_a_write_conflict() {
    let limits = Limits { outage_max: Duration::from_secs(2), ..Limits::default() };
    let Some(stage) = Stage::set_up(limits).await else { return };
    stage.lock(DOCUMENT.lock).await;
    let student = stage.submit(("students", r#"{"studentUniqueId":"t"}"#)).await;
    let deadline = Instant::now() + Duration::from_secs(1);
    let hurried = stage.submit_until(DOCUMENT.needs[0], Some(deadline)).await;
    let patient = stage.submit(DOCUMENT.needs[0]).await;
    assert_eq!(outcome(hurried).await, OutcomeKind::Deadline);
    assert!(Instant::now() >= deadline);
    assert_eq!(outcome(patient).await, OutcomeKind::WriteConflict);
    assert_eq!(outcome(student).await, OutcomeKind::Inserted);
    stage.release().await;
    // What was given up left nothing behind, and the identity is free.
    let text = "SELECT count(*) FROM dms.document WHERE edfidoc ->> 'written' = 'again'";
    let count: i64 = stage.other.query_one(text, &[]).await.expect("a count").get(0);
    assert_eq!(count, 0);
    assert_eq!(outcome(stage.submit(DOCUMENT.needs[0]).await).await, OutcomeKind::Updated);
    stage.runtime.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_store_waits_for_names_the_lock_and_its_holder_until_it_is_released() {
    let Some(stage) = Stage::set_up(Limits::default()).await else { return };
    let holder: i32 = stage.other.query_one("SELECT pg_backend_pid()", &[]).await.expect("a process").get(0);
    let held = format!(" held by pid {holder}, application 'migration', role '");
    // By a round trip, so that it does not spin.
    let wait = async || {
        stage.other.batch_execute("SELECT").await.expect("an answer");
        stage.runtime.wait().map(|wait| wait.to_string()).unwrap_or_default()
    };
    for (lock, what, needs) in [
        (DOCUMENT.lock, "waits for a lock on a row of dms.document", DOCUMENT.needs[0]),
        (ALIAS.lock, "waits for a lock on a row of dms.alias", ALIAS.needs[0]),
        (PERSON.lock, "waits for a lock on a person or the hierarchy", PERSON.needs[0]),
        (HIERARCHY.lock, "waits for a lock on a person or the hierarchy", HIERARCHY.needs[0]),
        (TABLE, "waits for a lock on dms.document", PERSON.related[0]),
    ] {
        stage.lock(&format!("SET application_name = 'migration'; {lock}")).await;
        let ticket = stage.submit(needs).await;
        until(what, async || {
            let wait = wait().await;
            wait.starts_with(&format!("{what}{held}")) && wait.ends_with(" s")
        })
        .await;
        stage.release().await;
        outcome(ticket).await;
        until("nothing is waited for", async || wait().await.is_empty()).await;
    }
    stage.runtime.close().await;
}
