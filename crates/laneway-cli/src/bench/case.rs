//! What is measured: which system, under which load, of which documents. Knows neither databases nor figures.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::documents::Stamping;
use crate::load::{LoadMode, Order};

/// One line of a benchmark.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Case {
    /// Which documents, by their place among the benchmark's.
    pub(crate) documents: usize,
    /// What is done with them.
    pub(crate) workload: Workload,
    /// What writes them.
    pub(crate) system: System,
}

/// What was chosen for a system that documents are submitted to; what was not is as it usually is.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Chosen {
    /// The most documents in a batch.
    pub(crate) batch_items_max: Option<NonZeroUsize>,
    /// The number of Laneway's lanes.
    pub(crate) lanes: Option<u8>,
    /// How far away the server is.
    pub(crate) round_trip: Option<Duration>,
}

/// What is measured.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum System {
    /// What writes documents that are submitted one by one, by so many callers.
    Submitted {
        /// What writes them.
        mode: LoadMode,
        /// How many wait for an outcome each.
        callers: NonZeroUsize,
        /// What is not as it usually is.
        chosen: Chosen,
    },
    /// Laneway, with documents that come at a share of the rate that it takes at most, whether or not it keeps up.
    Paced(f64),
    /// Laneway from .NET, with so many callers.
    Dotnet(NonZeroUsize),
    /// The rows alone, so many documents a transaction.
    Limit(NonZeroUsize),
}

impl System {
    /// Its name in tables.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Submitted { mode: LoadMode::Batched, .. } | Self::Paced(_) => "laneway".to_owned(),
            Self::Submitted { mode: LoadMode::Single, .. } => "single".to_owned(),
            Self::Submitted { mode: LoadMode::Baseline, .. } => "baseline".to_owned(),
            Self::Submitted { mode: LoadMode::Savepoints, .. } => "savepoints".to_owned(),
            Self::Dotnet(_) => "dotnet".to_owned(),
            Self::Limit(each) => format!("limit({each})"),
        }
    }

    /// How many callers it has, where it has any.
    pub(crate) fn callers(self) -> Option<usize> {
        match self {
            Self::Submitted { callers, .. } | Self::Dotnet(callers) => Some(callers.get()),
            Self::Paced(_) | Self::Limit(_) => None,
        }
    }

    /// What was chosen for it.
    pub(crate) fn chosen(self) -> Chosen {
        if let Self::Submitted { chosen, .. } = self { chosen } else { Chosen::default() }
    }

    /// The share of the highest rate at which documents come, where they come by themselves.
    pub(crate) fn share(self) -> Option<f64> {
        if let Self::Paced(share) = self { Some(share) } else { None }
    }

    /// Its name with what tells it from others of that name.
    pub(crate) fn label(self) -> String {
        let mut label = self.name();
        if let Some(callers) = self.callers() {
            label += &format!(", {callers} callers");
        }
        let Chosen { batch_items_max, lanes, round_trip } = self.chosen();
        if let Some(most) = batch_items_max {
            label += &format!(", batches of {most} at most");
        }
        if let Some(lanes) = lanes {
            label += &format!(", {lanes} lanes");
        }
        if let Some(round_trip) = round_trip {
            label += &format!(", {round_trip:?} away");
        }
        if let Some(share) = self.share() {
            label += &format!(", {} % of its highest rate", share * 100.0);
        }
        label
    }

    /// Whether it is Laneway, submitted to by as many callers as keep it busy.
    pub(crate) fn is_saturated_laneway(self) -> bool {
        matches!(self, Self::Submitted { mode: LoadMode::Batched, .. })
    }
}

/// What is loaded, and in which order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Workload {
    /// New documents, in the order of the files.
    File,
    /// New documents in random order, refused ones again.
    Shuffled,
    /// Documents that are stored, unchanged.
    Equal,
    /// Documents that are stored with other bodies.
    Changed,
}

impl Workload {
    /// Its name in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::File => "new documents, in the order of the files",
            Self::Shuffled => "new documents, in random order",
            Self::Equal => "stored documents, unchanged",
            Self::Changed => "stored documents with other bodies",
        }
    }

    /// How the documents that are there before are stamped.
    pub(crate) fn prepared(self) -> Option<Stamping> {
        match self {
            Self::File | Self::Shuffled => None,
            Self::Equal => Some(Stamping::Stamped),
            // Without `_etag`, so that each body is another.
            Self::Changed => Some(Stamping::Raw),
        }
    }

    /// In which order documents are submitted to what writes them so.
    pub(crate) fn order(self, mode: LoadMode) -> Order {
        match (self, mode) {
            (Self::Shuffled, _) => Order::Shuffled { seed: 1 },
            // What Laneway lets wait, the others refuse; a caller submits it again.
            (_, LoadMode::Baseline | LoadMode::Savepoints) => Order::Retried,
            _ => Order::File,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_tells_systems_of_one_name_apart() {
        let callers = NonZeroUsize::new(64).unwrap();
        let laneway = |chosen| System::Submitted { mode: LoadMode::Batched, callers, chosen };
        let batches = Chosen { batch_items_max: Some(callers), ..Chosen::default() };
        let far = Chosen { lanes: Some(3), round_trip: Some(Duration::from_micros(200)), ..Chosen::default() };
        let systems =
            [laneway(Chosen::default()), laneway(batches), laneway(far), System::Paced(0.5), System::Limit(callers)];
        let labels = systems.map(System::label);
        assert_eq!(
            labels,
            [
                "laneway, 64 callers",
                "laneway, 64 callers, batches of 64 at most",
                "laneway, 64 callers, 3 lanes, 200µs away",
                "laneway, 50 % of its highest rate",
                "limit(64)"
            ]
        );
    }
}
