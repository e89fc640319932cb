//! The arrays of staff that some order of writing leaves: the ancestors of one of the person's associations, or a
//! union over several; null where the person has none.

use laneway_pgconfig::Config;

use super::rows::rows;
use crate::failure::Failure;

/// Arrays that are shown one by one.
const SHOWN_MAX: usize = 10;

/// The documents with a staff member, judged.
pub(crate) struct Arrays {
    /// How many are as some order leaves them.
    pub(crate) permitted: u64,
    /// The first of the others, in words.
    pub(crate) forbidden: Vec<String>,
}

impl Arrays {
    /// Judges all documents.
    pub(crate) async fn read(config: &Config) -> Result<Self, Failure> {
        let mut arrays = Self { permitted: 0, forbidden: Vec::new() };
        for [permitted, count, example] in rows::<3>(config, include_str!("staff.sql")).await? {
            if permitted == "t" {
                arrays.permitted += count.parse::<u64>().unwrap_or(0);
            } else if arrays.forbidden.len() < SHOWN_MAX {
                arrays.forbidden.push(format!("{example}, which no order of the person's associations leaves"));
            }
        }
        Ok(arrays)
    }
}
