//! Why a load cannot go on. Knows what to show, not how it is found out.

use laneway_pgconfig::Config;

use crate::failure::Failure;

/// Why a database cannot be used any more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Lost {
    /// It does not accept connections.
    Gone,
    /// Its disk is full.
    Full,
    /// It refuses everything that is written, in these words.
    Refused(String),
}

impl Lost {
    /// The failure to show, for the database of `config`.
    pub(super) fn failure(self, config: &Config) -> Failure {
        let (what, first) = match self {
            Self::Gone => (format!("{config} cannot be reached any more"), "Start it"),
            Self::Full => (format!("the disk of {config} is full"), "Free space there"),
            Self::Refused(cause) => (format!("{config} refuses what is written ({cause})"), "Mend that"),
        };
        Failure::database(
            format_args!("{what}; the load ended early"),
            format_args!(
                "{first}, then load the same files again: documents that are stored already are only compared."
            ),
        )
    }
}
