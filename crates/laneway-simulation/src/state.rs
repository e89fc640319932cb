//! What all parts of a world share, behind one lock that is held for a moment at a time. One thread runs a world, so it is never
//! waited for.

use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use laneway_core::store::{ResolveRequest, Snapshot, StoreError, StoreErrorKind};
use laneway_model::ReferentialId;
use rustc_hash::FxHashMap;
use tokio::time::Instant;

use crate::database::{Database, Transaction, Written};
use crate::documents::Flaw;
use crate::ledger::Ledger;
use crate::trouble::{Call, Fault, Trouble};

/// The state, in the hands of everyone who has a part in the world.
#[derive(Clone, Debug)]
pub(crate) struct Shared(Arc<Mutex<State>>);

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) database: Database,
    pub(crate) trouble: Trouble,
    pub(crate) ledger: Ledger,
    /// Faults by their names, in order of appearance.
    pub(crate) faults: Vec<(&'static str, u64)>,
    /// The sessions that are open, each with the identities that it has read.
    sessions: FxHashMap<u64, Vec<ReferentialId>>,
    /// The sessions that have read an identity and are open.
    readers: FxHashMap<ReferentialId, u64>,
    last_session: u64,
    started: Instant,
    traces: bool,
}

impl Shared {
    pub(crate) fn new(trouble: Trouble, ledger: Ledger, traces: bool) -> Self {
        let state = State {
            database: Database::default(),
            trouble,
            ledger,
            faults: Vec::new(),
            sessions: FxHashMap::default(),
            readers: FxHashMap::default(),
            last_session: 0,
            started: Instant::now(),
            traces,
        };
        Self(Arc::new(Mutex::new(state)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // What panics while it is locked ends the world, which still has to be reported.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The number of this moment: of two, the later one has the higher.
    pub(crate) fn next_step(&mut self) -> u64 {
        self.ledger.next_step()
    }

    /// Writes a line of the trace, if there is one.
    pub(crate) fn trace(&self, line: impl FnOnce() -> String) {
        if self.traces {
            eprintln!("{:>12.3} {}", self.started.elapsed().as_secs_f64() * 1e3, line());
        }
    }

    pub(crate) fn count(&mut self, name: &'static str) {
        match self.faults.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => self.faults.push((name, 1)),
        }
    }

    /// How long a call takes, and what it ends with then.
    pub(crate) fn call(&mut self, call: Call) -> (Duration, Option<Fault>) {
        let pause = self.trouble.pause();
        let fault = self.trouble.fault(call, Instant::now() + pause);
        match fault {
            Some(Fault::Fails(kind)) => self.count(kind.as_str()),
            Some(Fault::Silent) => self.count("silent server"),
            Some(Fault::LosesCommit { took_effect: true, found_out: true }) => self.count("lost commit, took effect"),
            Some(Fault::LosesCommit { took_effect: true, .. }) => self.count("lost commit, took effect, in doubt"),
            Some(Fault::LosesCommit { found_out: true, .. }) => self.count("lost commit, no effect"),
            Some(Fault::LosesCommit { .. }) => self.count("lost commit, no effect, in doubt"),
            None => {}
        }
        (pause, fault)
    }

    /// The failure of a call, which may be why operations do not succeed.
    pub(crate) fn failed(&mut self, kind: StoreErrorKind, message: &str) -> StoreError {
        self.ledger.met(kind);
        self.trace(|| format!("the store fails: {}, {message}", kind.as_str()));
        StoreError::new(kind, message)
    }

    pub(crate) fn session_opened(&mut self) -> u64 {
        self.last_session += 1;
        self.sessions.insert(self.last_session, Vec::new());
        // A flush has one connection at a time.
        if self.sessions.len() > self.ledger.bounds.running() {
            let message = format!("{} sessions of {} flushes", self.sessions.len(), self.ledger.bounds.running());
            self.ledger.violated(message);
        }
        self.last_session
    }

    pub(crate) fn session_closed(&mut self, session: u64) {
        for id in self.sessions.remove(&session).into_iter().flatten() {
            if self.readers.get(&id) == Some(&session) {
                self.readers.remove(&id);
            }
        }
        self.database.release(session);
    }

    pub(crate) fn sessions_open(&self) -> usize {
        self.sessions.len()
    }

    /// A session reads; the step at which it did.
    pub(crate) fn read(&mut self, request: &ResolveRequest<'_>, session: u64) -> (u64, Snapshot) {
        for id in request.operations.iter().flat_map(|operation| operation.extraction.own_ids()) {
            if self.readers.insert(id, session).is_some_and(|other| other != session) {
                self.ledger.violated(format!("two flushes are about {id} at a time"));
            }
            self.sessions.entry(session).or_default().push(id);
        }
        let step = self.next_step();
        self.trace(|| {
            let serials: Vec<&str> = request.operations.iter().map(|operation| &*operation.trace_id).collect();
            format!("session {session} reads for {}", serials.join(" "))
        });
        (step, self.database.read(request, session))
    }

    pub(crate) fn committed(&mut self, written: Vec<Written>, step: u64) {
        self.trace(|| {
            let serial = |write: &Written| write.serial.map_or("another client's".into(), |serial| serial.to_string());
            format!("stored: {}", written.iter().map(serial).collect::<Vec<String>>().join(" "))
        });
        self.ledger.committed(&written, step);
    }

    /// It is not known by its client whether a COMMIT took effect; `found_out`: it is going to be.
    pub(crate) fn commit_was_lost(&mut self, identities: impl Iterator<Item = ReferentialId>, found_out: bool) {
        self.trace(|| format!("a commit is lost, found out: {found_out}"));
        if !found_out {
            self.ledger.in_doubt(identities);
        }
    }

    pub(crate) fn flaw(&self, serial: usize) -> Flaw {
        self.ledger.flaw(serial)
    }

    /// The operation of a transaction that the database refuses.
    pub(crate) fn flawed(&self, transaction: &Transaction) -> Option<usize> {
        let mut serials = transaction.serials();
        serials.find(|serial| matches!(self.flaw(*serial), Flaw::Suspicious | Flaw::Unforeseen))
    }

    /// Another client takes a document away.
    pub(crate) fn delete_by_other(&mut self, identity: ReferentialId) {
        let step = self.next_step();
        if let Some(gone) = self.database.delete_by_other(identity, step) {
            self.trace(|| format!("another client deletes {identity}"));
            self.ledger.deleted(identity, &gone, step);
        }
    }

    pub(crate) fn violated(&mut self, what: impl Display) {
        self.ledger.violated(what.to_string());
    }
}
