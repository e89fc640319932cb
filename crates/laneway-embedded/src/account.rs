//! Who runs the server: PostgreSQL refuses root.

use nix::unistd::{Uid, User};

use crate::error::{Cause, EmbeddedError};

/// Users to run as in place of root: PostgreSQL's own, else the one that owns nothing.
const STAND_INS: [&str; 2] = ["postgres", "nobody"];

/// A user and group id to change to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Account {
    /// The account to change to, or `None` where the current one will do.
    ///
    /// # Errors
    /// When run by root on a machine without either.
    pub(crate) fn unprivileged() -> Result<Option<Self>, EmbeddedError> {
        if !Uid::effective().is_root() {
            return Ok(None);
        }
        let found = STAND_INS.iter().find_map(|name| User::from_name(name).ok().flatten());
        let user = found.ok_or(Cause::NoAccount)?;
        Ok(Some(Self { uid: user.uid.as_raw(), gid: user.gid.as_raw() }))
    }
}
