//! How far a check has come, in a form that can be written down.

use std::fmt;
use std::str::FromStr;

use laneway_model::PartitionKey;

/// How far a check has come: what is behind it has been compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Position {
    /// At the documents of a partition, behind the one with this id.
    Documents {
        /// The partition.
        partition: i16,
        /// The id.
        after: i64,
    },
    /// At the organizations of the hierarchy, behind this one.
    Organizations {
        /// The organization's id.
        after: i64,
    },
    /// At the rows that stand for nothing.
    Orphans,
    /// At the end.
    End,
}

impl Position {
    /// Before everything.
    pub const START: Self = Self::Documents { partition: 0, after: i64::MIN };

    /// Behind the last document of the partition.
    pub(super) fn behind_partition(partition: i16) -> Self {
        if usize::try_from(partition + 1).is_ok_and(|next| next < PartitionKey::COUNT) {
            Self::Documents { partition: partition + 1, after: i64::MIN }
        } else {
            Self::Organizations { after: i64::MIN }
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Documents { partition, after } => write!(f, "documents:{partition}:{after}"),
            Self::Organizations { after } => write!(f, "organizations:{after}"),
            Self::Orphans => f.write_str("orphans"),
            Self::End => f.write_str("end"),
        }
    }
}

/// A text that is no position.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0:?} is no position of a check, such as documents:3:1200")]
pub struct PositionError(String);

impl FromStr for Position {
    type Err = PositionError;

    fn from_str(text: &str) -> Result<Self, PositionError> {
        let refused = || PositionError(text.to_owned());
        let mut parts = text.split(':');
        let position = match parts.next() {
            Some("documents") => {
                let partition = parts.next().and_then(|part| part.parse().ok()).filter(|key| (0..16).contains(key));
                let after = parts.next().and_then(|part| part.parse().ok());
                Self::Documents { partition: partition.ok_or_else(refused)?, after: after.ok_or_else(refused)? }
            }
            Some("organizations") => {
                Self::Organizations { after: parts.next().and_then(|part| part.parse().ok()).ok_or_else(refused)? }
            }
            Some("orphans") => Self::Orphans,
            Some("end") => Self::End,
            _ => return Err(refused()),
        };
        if parts.next().is_some() { Err(refused()) } else { Ok(position) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_read_as_they_are_written() {
        let at = Position::Documents { partition: 3, after: 7 };
        for position in [Position::START, at, Position::Organizations { after: -4 }, Position::Orphans, Position::End] {
            assert_eq!(position.to_string().parse(), Ok(position));
        }
        for text in ["", "documents", "documents:16:1", "documents:3:x", "orphans:1", "documents:1:2:3"] {
            assert!(text.parse::<Position>().is_err(), "{text}");
        }
    }

    #[test]
    fn positions_are_in_order() {
        assert_eq!(Position::behind_partition(15), Position::Organizations { after: i64::MIN });
        assert!(Position::START < Position::behind_partition(0));
        assert!(Position::behind_partition(15) < Position::Orphans && Position::Orphans < Position::End);
    }
}
