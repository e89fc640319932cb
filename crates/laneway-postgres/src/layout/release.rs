//! The releases of the DMS whose document stores are written to. Names what is known of each; looks at no catalog.

/// A release of the DMS, by what its document store's tables are like.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Release {
    /// 0.6: tables are cut into partitions by hash, and references name ReferentialIds.
    V0_6,
    /// 0.7: tables are cut into partitions by list, and references name aliases by their ids.
    V0_7,
}

impl Release {
    /// All, the oldest first.
    pub const ALL: [Self; 2] = [Self::V0_6, Self::V0_7];

    /// The one that `deploy` builds.
    pub const DEPLOYED: Self = Self::V0_7;

    /// The numbers of all, for a message.
    pub(crate) const ALL_IN_WORDS: &str = "0.6 or 0.7";

    /// The one with this number, such as `0.7`.
    #[must_use]
    pub fn of(number: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|release| release.number() == number)
    }

    /// Its number.
    #[must_use]
    pub fn number(self) -> &'static str {
        match self {
            Self::V0_6 => "0.6",
            Self::V0_7 => "0.7",
        }
    }

    /// Its store, in words.
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Self::V0_6 => "document store of DMS 0.6",
            Self::V0_7 => "document store of DMS 0.7",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_every_release() {
        for release in Release::ALL {
            assert!(Release::ALL_IN_WORDS.contains(release.number()) && release.in_words().ends_with(release.number()));
            assert_eq!(Release::of(release.number()), Some(release));
        }
    }
}
