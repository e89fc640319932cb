//! How what is native is built: the profiles of cargo that packages may be made of.

/// A profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Profile {
    Release,
    Dev,
}

impl Profile {
    /// As cargo names it.
    pub(super) fn named(name: &str) -> Result<Self, String> {
        match name {
            "release" => Ok(Self::Release),
            "dev" => Ok(Self::Dev),
            _ => Err(format!("there is no profile {name}: release or dev")),
        }
    }

    /// As cargo names it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Dev => "dev",
        }
    }

    /// What the folder is called that it fills.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Dev => "debug",
        }
    }
}
