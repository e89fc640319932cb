//! How many documents of each kind and purpose a data set has, and which ones they are: pure arithmetic, so
//! that any document can be planned without those before it.

use std::ops::Range;

use crate::fault::Fault;
use crate::kind::{Amount, Kind};
use crate::settings::Settings;

/// Kinds of which some documents refer to something that comes later, and what that is. Such a document and
/// what it waits for are made for each other: nothing else refers to either, so that one that is refused
/// draws no others with it.
pub(crate) const FORWARD: &[(Kind, Kind)] = &[
    (Kind::School, Kind::District),
    (Kind::LearningStandard, Kind::LearningStandard),
    (Kind::Student, Kind::Language),
    (Kind::Enrollment, Kind::Student),
    // By its superclass alias.
    (Kind::Responsibility, Kind::School),
    (Kind::StudentAssessment, Kind::Assessment),
    (Kind::Attendance, Kind::Student),
];

/// One update in this many makes a mutual pair, while there are rooms.
const MUTUAL_EVERY: u64 = 20;

/// The kind that takes what is left over by rounding: there is always most of it.
const FILLER: Kind = Kind::Attendance;

/// The numbers of a data set. They add up to [`Settings::documents`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Plan {
    /// Documents of each kind in their regular order.
    counts: [u64; Kind::COUNT],
    /// Documents of each kind that stand before what they refer to; as many others are what they refer to.
    forward: [u64; Kind::COUNT],
    /// Updates of each kind.
    updates: [u64; Kind::COUNT],
    /// Updates that make a staff member refer to a room that refers to them.
    mutual: u64,
    /// Invalid documents of each fault.
    faults: [u64; Fault::COUNT],
}

impl Plan {
    /// The numbers that `settings` ask for, as far as there are documents to carry them.
    pub(crate) fn new(settings: &Settings) -> Self {
        let share = |share: f64| (settings.documents as f64 * share).round() as u64;
        let (forward, updates, invalid) = (share(settings.forward), share(settings.updates), share(settings.invalid));
        let base = settings.documents.saturating_sub(2 * forward + updates + invalid);
        let mut plan = Self {
            counts: distribute(base),
            forward: [0; Kind::COUNT],
            updates: [0; Kind::COUNT],
            mutual: 0,
            faults: [0; Fault::COUNT],
        };
        plan.spread_forward(forward);
        plan.spread_updates(updates);
        plan.spread_faults(invalid);
        // What found no carrier becomes ordinary documents; more of them carry at least as much.
        plan.counts = distribute(settings.documents - plan.extra());
        plan
    }

    fn extra(&self) -> u64 {
        2 * self.forward() + self.updates.iter().chain(&self.faults).sum::<u64>() + self.mutual
    }

    fn spread_forward(&mut self, wanted: u64) {
        let positions: u64 = FORWARD.iter().map(|(kind, _)| self.count(*kind)).sum();
        for (kind, _) in FORWARD {
            self.forward[kind.index()] = portion(wanted, self.count(*kind), positions);
        }
        if self.count(FILLER) > 0 {
            self.forward[FILLER.index()] += wanted - self.forward();
        }
    }

    fn spread_updates(&mut self, wanted: u64) {
        self.mutual = (wanted / MUTUAL_EVERY).min(self.count(Kind::Room)).min(self.count(Kind::Staff));
        let wanted = wanted - self.mutual;
        let kinds = || Kind::ALL.iter().filter(|kind| kind.is_updatable());
        let positions: u64 = kinds().map(|kind| self.count(*kind)).sum();
        for kind in kinds() {
            self.updates[kind.index()] = portion(wanted, self.count(*kind), positions);
        }
        if self.count(FILLER) > 0 {
            self.updates[FILLER.index()] += wanted - self.updates.iter().sum::<u64>();
        }
    }

    fn spread_faults(&mut self, wanted: u64) {
        let faults = Fault::ALL.len() as u64;
        for (i, fault) in Fault::ALL.iter().enumerate() {
            if self.count(fault.home()) > 0 {
                self.faults[i] = (wanted + i as u64) / faults;
            }
        }
    }

    /// How many documents of `kind` come in their regular order.
    pub(crate) fn count(&self, kind: Kind) -> u64 {
        self.counts[kind.index()]
    }

    /// How many documents stand before something they refer to.
    pub(crate) fn forward(&self) -> u64 {
        self.forward.iter().sum()
    }

    /// The first index of `kind` that no document of the set has.
    pub(crate) fn first_unused(&self, kind: Kind) -> u64 {
        self.first_target(kind) + carriers(kind).map(|carrier| self.forward[carrier.index()]).sum::<u64>()
    }

    /// The first index of `kind` behind the ordinary documents and those that refer forward.
    fn first_target(&self, kind: Kind) -> u64 {
        self.count(kind) + self.forward[kind.index()]
    }

    /// The indices of the documents of `kind` that refer forward and follow the ordinary document `index`.
    pub(crate) fn forward_after(&self, kind: Kind, index: u64) -> Range<u64> {
        let (count, forward) = (self.count(kind), self.forward[kind.index()]);
        let marks = marks(index, forward, count);
        count + marks.start..count + marks.end
    }

    /// What document `index` of `kind` refers to before it is there.
    pub(crate) fn forward_target(&self, kind: Kind, index: u64) -> Option<(Kind, u64)> {
        let ordinal = index.checked_sub(self.count(kind)).filter(|ordinal| *ordinal < self.forward[kind.index()])?;
        let (_, target) = FORWARD.iter().find(|(carrier, _)| *carrier == kind)?;
        let others = carriers(*target).take_while(|carrier| *carrier != kind);
        let others: u64 = others.map(|carrier| self.forward[carrier.index()]).sum();
        Some((*target, self.first_target(*target) + others + ordinal))
    }

    /// How many updates follow document `index` of `kind` in its own file.
    pub(crate) fn updates_of(&self, kind: Kind, index: u64) -> u64 {
        let marks = marks(index, self.updates[kind.index()], self.count(kind));
        marks.end - marks.start
    }

    /// The staff member who keeps room `index` and whom an update makes teach in it.
    pub(crate) fn mutual_staff(&self, room: u64) -> Option<u64> {
        let ordinal = marks(room, self.mutual, self.count(Kind::Room)).next()?;
        Some(portion(ordinal, self.count(Kind::Staff), self.mutual))
    }

    /// The room in which that update makes staff member `index` teach.
    pub(crate) fn mutual_room(&self, staff: u64) -> Option<u64> {
        let ordinal = self.mutual_ordinal(staff)?;
        portion_up(ordinal + 1, self.count(Kind::Room), self.mutual).checked_sub(1)
    }

    /// The number of the update by which staff member `index` comes to teach in a room they keep.
    pub(crate) fn mutual_version(&self, staff: u64) -> Option<u64> {
        self.mutual_ordinal(staff).map(|_| self.updates_of(Kind::Staff, staff) + 1)
    }

    fn mutual_ordinal(&self, staff: u64) -> Option<u64> {
        let (staffs, mutual) = (self.count(Kind::Staff), self.mutual);
        let ordinal = portion_up(staff, mutual, staffs);
        (ordinal < mutual && portion(ordinal, staffs, mutual) == staff).then_some(ordinal)
    }

    /// The numbers of the documents with `fault` that follow document `index` of the fault's home.
    pub(crate) fn faults_after(&self, fault: Fault, index: u64) -> Range<u64> {
        marks(index, self.faults[fault.index()], self.count(fault.home()))
    }
}

/// The kinds that may refer forward to `target`, in the order of [`FORWARD`].
fn carriers(target: Kind) -> impl Iterator<Item = Kind> {
    FORWARD.iter().filter(move |(_, other)| *other == target).map(|(carrier, _)| *carrier)
}

/// `total` documents by kind: the fixed amounts, one of each other kind, the shares of what is left.
fn distribute(total: u64) -> [u64; Kind::COUNT] {
    const WHOLE: u64 = 100_000;
    let mut counts = [0; Kind::COUNT];
    let mut left = total;
    for kind in Kind::ALL {
        let least = match kind.amount() {
            Amount::Fixed(amount) => amount,
            Amount::Descriptors(words) => words.len() as u64,
            Amount::Share(_) | Amount::Rest => 1,
        };
        counts[kind.index()] = least.min(left);
        left -= counts[kind.index()];
    }
    let whole = left;
    for kind in Kind::ALL {
        if let Amount::Share(share) = kind.amount() {
            let more = portion(whole, share, WHOLE);
            counts[kind.index()] += more;
            left -= more;
        }
    }
    counts[FILLER.index()] += left;
    counts
}

/// `amount` × `part` / `whole`, rounded down; 0 where there is no whole.
fn portion(amount: u64, part: u64, whole: u64) -> u64 {
    let product = u128::from(amount) * u128::from(part);
    u64::try_from(product.checked_div(u128::from(whole)).unwrap_or_default()).unwrap_or(u64::MAX)
}

/// The same, rounded up.
fn portion_up(amount: u64, part: u64, whole: u64) -> u64 {
    let product = u128::from(amount) * u128::from(part);
    if whole == 0 { 0 } else { u64::try_from(product.div_ceil(u128::from(whole))).unwrap_or(u64::MAX) }
}

/// Which of `marks` marks, spread evenly over `positions` positions, are at position `index`; none beyond the last.
fn marks(index: u64, marks: u64, positions: u64) -> Range<u64> {
    let at = |position: u64| portion(position.min(positions), marks, positions);
    at(index)..at(index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(documents: u64, forward: f64, updates: f64, invalid: f64) -> Settings {
        Settings { documents, forward, updates, invalid, ..Settings::default() }
    }

    #[test]
    fn adds_up_to_the_documents_asked_for() {
        for documents in (0..400).chain([1_000, 20_000, Settings::DOCUMENTS_MAX]) {
            for (forward, updates, invalid) in [(0.0, 0.0, 0.0), (0.2, 0.2, 0.3), (0.1, 0.8, 0.0), (0.0, 0.1, 0.5)] {
                let plan = Plan::new(&settings(documents, forward, updates, invalid));
                assert_eq!(plan.counts.iter().sum::<u64>() + plan.extra(), documents);
            }
        }
    }

    #[test]
    fn has_the_shares_asked_for() {
        let plan = Plan::new(&settings(50_000, 0.2, 0.3, 0.1));
        assert_eq!(plan.forward(), 10_000);
        assert_eq!(plan.updates.iter().sum::<u64>() + plan.mutual, 15_000);
        assert_eq!(plan.faults.iter().sum::<u64>(), 5_000);
    }

    #[test]
    fn holds_every_kind_from_120_documents_on() {
        let plan = Plan::new(&settings(120, 0.0, 0.0, 0.0));
        assert!(plan.counts.iter().all(|count| *count > 0), "{:?}", plan.counts);
        // A smaller set is a beginning: no kind without those before it.
        for documents in 0..120 {
            let counts = Plan::new(&settings(documents, 0.0, 0.0, 0.0)).counts;
            let first_missing = counts.iter().position(|count| *count == 0).unwrap_or(Kind::COUNT);
            assert!(counts[first_missing..].iter().all(|count| *count == 0), "{counts:?}");
        }
    }

    #[test]
    fn every_mark_stands_at_one_place() {
        for (marks, positions) in [(0, 5), (3, 10), (10, 10), (25, 10), (7, 1)] {
            let all: Vec<u64> =
                (0..positions + 3).flat_map(|position| super::marks(position, marks, positions)).collect();
            assert_eq!(all, (0..marks).collect::<Vec<_>>());
        }
    }

    #[test]
    fn counts_updates_forward_references_and_pairs_document_by_document() {
        let plan = Plan::new(&settings(9_000, 0.2, 0.4, 0.1));
        for kind in Kind::ALL {
            let indices = || 0..plan.count(*kind);
            assert_eq!(indices().map(|i| plan.updates_of(*kind, i)).sum::<u64>(), plan.updates[kind.index()]);
            let forward: Vec<u64> = indices().flat_map(|i| plan.forward_after(*kind, i)).collect();
            assert_eq!(forward.len() as u64, plan.forward[kind.index()]);
            assert!(forward.iter().all(|i| plan.forward_target(*kind, *i).is_some()));
            assert!(indices().all(|i| plan.forward_target(*kind, i).is_none()));
        }
        let by_room: Vec<(u64, u64)> =
            (0..plan.count(Kind::Room)).filter_map(|room| Some((plan.mutual_staff(room)?, room))).collect();
        let by_staff: Vec<(u64, u64)> =
            (0..plan.count(Kind::Staff)).filter_map(|staff| Some((staff, plan.mutual_room(staff)?))).collect();
        assert_eq!(by_room, by_staff);
        assert!(by_staff.iter().all(|(staff, _)| plan.mutual_version(*staff).is_some()));
        assert_eq!(by_room.len() as u64, plan.mutual);
        assert!(plan.mutual > 5);
    }

    #[test]
    fn forward_targets_are_distinct_and_behind_the_ordinary_ones() {
        let plan = Plan::new(&settings(9_000, 0.2, 0.0, 0.0));
        let mut targets: Vec<(Kind, u64)> = FORWARD
            .iter()
            .flat_map(|(kind, _)| (0..plan.first_unused(*kind)).filter_map(|i| plan.forward_target(*kind, i)))
            .collect();
        assert!(
            targets.iter().all(|(kind, index)| (plan.first_target(*kind)..plan.first_unused(*kind)).contains(index))
        );
        let all = targets.len();
        assert_eq!(all as u64, plan.forward());
        targets.sort_unstable();
        targets.dedup();
        assert_eq!(targets.len(), all);
    }
}
