//! The process's environment, or a test's.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Variables by their names.
pub(crate) struct Environment<'a>(pub(crate) &'a dyn Fn(&str) -> Option<OsString>);

impl Environment<'_> {
    /// A variable; an empty one counts as not set, as in libpq.
    pub(crate) fn get(&self, name: &str) -> Option<OsString> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.into_string().ok()
    }

    /// A file in the user's home.
    pub(crate) fn in_home(&self, name: &str) -> Option<PathBuf> {
        Some(Path::new(&self.get("HOME")?).join(name))
    }
}
