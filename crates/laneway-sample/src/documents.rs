//! The documents of a data set, one after another: which comes when. Holds only what is on its way.

use std::collections::BTreeMap;

use laneway_model::OutcomeKind;

use crate::fault::Fault;
use crate::json::Object;
use crate::kind::Kind;
use crate::random::Random;
use crate::settings::{Settings, SettingsError};
use crate::world::World;

/// Coordinates of the random numbers that spread what follows, apart from every document's own.
const SPREAD: u64 = u64::MAX;

/// A document to hand over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Document {
    /// The project's name in URLs.
    pub project: &'static str,
    /// The resource's name in URLs.
    pub endpoint: &'static str,
    /// The body, compact JSON.
    pub body: String,
    /// How it ends where documents are handed over in this order, what is missing is waited for, and each is
    /// settled before the next of its identity.
    pub outcome: OutcomeKind,
    /// What is wrong with it, if anything.
    pub fault: Option<Fault>,
    /// The number and the endpoint of the file in which it stands.
    pub file: (u16, &'static str),
}

impl Document {
    /// The document as a line of a file, with its line feed.
    #[must_use]
    pub fn line(&self) -> String {
        let Self { project, endpoint, body, .. } = self;
        format!("{{\"project\":\"{project}\",\"endpoint\":\"{endpoint}\",\"body\":{body}}}\n")
    }
}

/// The documents that `settings` describe, in order. What it holds is bounded by [`Settings::distance`],
/// whatever the number of documents.
///
/// # Errors
/// When a setting is out of bounds.
pub fn generate(settings: &Settings) -> Result<Documents, SettingsError> {
    settings.check()?;
    Ok(Documents { inner: Drafts::new(settings) })
}

/// The documents of a data set: see [`generate`].
#[derive(Debug)]
pub struct Documents {
    inner: Drafts,
}

impl Iterator for Documents {
    type Item = Document;

    fn next(&mut self) -> Option<Document> {
        self.inner.next().map(|draft| draft.document())
    }
}

/// A document with what the account needs to know of it.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) project: &'static str,
    pub(crate) endpoint: &'static str,
    pub(crate) body: Object,
    pub(crate) kind: Kind,
    /// 0 for the document that inserts, then 1, 2, ...
    pub(crate) version: u64,
    /// Whether no later version follows.
    pub(crate) is_last: bool,
    pub(crate) fault: Option<Fault>,
    /// Among which documents it stands.
    pub(crate) home: Kind,
}

impl Draft {
    /// See [`Document::outcome`].
    pub(crate) fn outcome(&self) -> OutcomeKind {
        let stored = if self.version == 0 { OutcomeKind::Inserted } else { OutcomeKind::Updated };
        self.fault.map_or(stored, Fault::outcome)
    }

    pub(crate) fn document(&self) -> Document {
        let mut body = String::new();
        self.body.write_compact(&mut body);
        Document {
            project: self.project,
            endpoint: self.endpoint,
            body,
            outcome: self.outcome(),
            fault: self.fault,
            file: (u16::try_from(self.home.index() + 1).unwrap_or(u16::MAX), self.home.endpoint()),
        }
    }
}

/// A document that follows another within the distance.
#[derive(Clone, Copy, Debug)]
enum Follower {
    Version { kind: Kind, index: u64, version: u64 },
    Target { kind: Kind, index: u64 },
    Faulty { fault: Fault, number: u64, behind: u64 },
}

/// The documents as drafts.
#[derive(Debug)]
pub(crate) struct Drafts {
    world: World,
    distance: u64,
    spread: Random,
    /// Among the documents of which kind we are: a position in [`Kind::ALL`].
    home: usize,
    /// The next ordinary document of that kind.
    index: u64,
    /// How many documents have been handed out.
    position: u64,
    /// What follows, by the position from which on it may, and by age.
    followers: BTreeMap<(u64, u64), Follower>,
    followers_ever: u64,
    /// Documents that refer forward and come next.
    carriers: std::ops::Range<u64>,
}

impl Drafts {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            world: World::new(settings),
            distance: u64::from(settings.distance),
            spread: Random::at(settings.seed, [SPREAD; 3]),
            home: 0,
            index: 0,
            position: 0,
            followers: BTreeMap::new(),
            followers_ever: 0,
            carriers: 0..0,
        }
    }

    fn follow(&mut self, follower: Follower) {
        let due = self.position + 1 + self.spread.below(self.distance);
        self.followers.insert((due, self.followers_ever), follower);
        self.followers_ever += 1;
    }

    /// Arranges what follows ordinary document `index` of `kind`.
    fn arrange(&mut self, kind: Kind, index: u64) {
        self.carriers = self.world.plan.forward_after(kind, index);
        if self.world.plan.updates_of(kind, index) > 0 {
            self.follow(Follower::Version { kind, index, version: 1 });
        }
        if kind == Kind::Room
            && let Some(staff) = self.world.plan.mutual_staff(index)
            && let Some(version) = self.world.plan.mutual_version(staff)
        {
            self.follow(Follower::Version { kind: Kind::Staff, index: staff, version });
        }
        for fault in Fault::ALL.iter().filter(|fault| fault.home() == kind) {
            for number in self.world.plan.faults_after(*fault, index) {
                self.follow(Follower::Faulty { fault: *fault, number, behind: index });
            }
        }
    }

    fn draft(&self, kind: Kind, index: u64, version: u64, home: Kind) -> Draft {
        let plan = &self.world.plan;
        let versions = match kind {
            Kind::Staff => plan.mutual_version(index).unwrap_or_else(|| plan.updates_of(kind, index)),
            _ => plan.updates_of(kind, index),
        };
        Draft {
            project: kind.project(),
            endpoint: kind.endpoint(),
            body: self.world.body(kind, index, version),
            kind,
            version,
            is_last: version == versions,
            fault: None,
            home,
        }
    }

    fn take(&mut self, follower: Follower, home: Kind) -> Draft {
        match follower {
            Follower::Version { kind, index, version } => {
                if version < self.world.plan.updates_of(kind, index) {
                    self.follow(Follower::Version { kind, index, version: version + 1 });
                }
                self.draft(kind, index, version, home)
            }
            Follower::Target { kind, index } => self.draft(kind, index, 0, home),
            Follower::Faulty { fault, number, behind } => {
                let faulty = self.world.faulty(fault, number, behind);
                Draft {
                    project: faulty.project,
                    endpoint: faulty.endpoint,
                    body: faulty.body,
                    kind: home,
                    version: 0,
                    is_last: false,
                    fault: Some(fault),
                    home,
                }
            }
        }
    }
}

impl Iterator for Drafts {
    type Item = Draft;

    fn next(&mut self) -> Option<Draft> {
        loop {
            let home = *Kind::ALL.get(self.home)?;
            let is_done = self.index >= self.world.plan.count(home) && self.carriers.is_empty();
            let due = self.followers.first_entry().filter(|first| is_done || first.key().0 <= self.position);
            let draft = if let Some(first) = due {
                let follower = first.remove();
                self.take(follower, home)
            } else if let Some(index) = self.carriers.next() {
                if let Some((kind, index)) = self.world.plan.forward_target(home, index) {
                    self.follow(Follower::Target { kind, index });
                }
                self.draft(home, index, 0, home)
            } else if is_done {
                (self.home, self.index) = (self.home + 1, 0);
                continue;
            } else {
                let index = self.index;
                self.index += 1;
                self.arrange(home, index);
                self.draft(home, index, 0, home)
            };
            self.position += 1;
            return Some(draft);
        }
    }
}
