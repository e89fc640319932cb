//! A world with all that its runs showed.

use laneway_replay::Prepared;

use super::ran::{Modelled, Ran};

/// One world on its way through a round.
pub(super) struct Candidate {
    pub(super) seed: u64,
    pub(super) steps: Vec<Prepared>,
    pub(super) ran: Ran,
    pub(super) modelled: Modelled,
    pub(super) serial: Ran,
}
