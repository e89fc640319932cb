//! How a case is cut into batches.

use std::fmt;
use std::str::FromStr;

/// A way of cutting.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Cut {
    /// No batches: the single path, one operation after another.
    Single,
    /// Every operation a batch of its own.
    Each,
    /// All operations between two deletes in one batch.
    One,
    /// Operations are dealt to lanes, which are cut, and their batches run beside and between each other, all as the
    /// seed determines; batches beside each other take effect in whatever order they get their locks.
    Random(u64),
    /// As `Random`, but deletes are no gaps: they, and some of the updates, are the service's own statements, in sessions of their
    /// own beside the batches.
    Beside(u64),
}

/// A text that names no way of cutting.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "`{0}` is not a way of cutting; the ways are single, each, one, random:SEED and beside:SEED, where SEED is a number"
)]
pub struct CutError(String);

impl FromStr for Cut {
    type Err = CutError;

    fn from_str(text: &str) -> Result<Self, CutError> {
        let unknown = || CutError(text.to_owned());
        match text {
            "single" => Ok(Self::Single),
            "each" => Ok(Self::Each),
            "one" => Ok(Self::One),
            _ => {
                let (way, seed) = text.split_once(':').ok_or_else(unknown)?;
                let seed = seed.parse().map_err(|_| unknown())?;
                match way {
                    "random" => Ok(Self::Random(seed)),
                    "beside" => Ok(Self::Beside(seed)),
                    _ => Err(unknown()),
                }
            }
        }
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Single => f.write_str("single"),
            Self::Each => f.write_str("each"),
            Self::One => f.write_str("one"),
            Self::Random(seed) => write!(f, "random:{seed}"),
            Self::Beside(seed) => write!(f, "beside:{seed}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_as_it_is_read() {
        for text in ["single", "each", "one", "random:0", "random:18446744073709551615", "beside:7"] {
            assert_eq!(text.parse::<Cut>().unwrap().to_string(), text);
        }
        for text in ["", "Single", "random", "random:", "random:x", "random:-1", "beside:", "one:1"] {
            assert!(text.parse::<Cut>().is_err(), "{text}");
        }
    }
}
