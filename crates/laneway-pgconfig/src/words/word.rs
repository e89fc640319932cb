//! A word of a connection string, or a variable, and what becomes of it.

/// A word or a variable.
#[derive(Debug)]
pub(crate) struct Word {
    /// As its documentation spells it.
    pub(crate) name: &'static str,
    /// Other spellings.
    pub(crate) aliases: &'static [&'static str],
    /// The variable of libpq's environment that stands for it where a string leaves it out.
    pub(crate) variable: Option<&'static str>,
    pub(crate) treatment: Treatment,
}

/// What becomes of a word.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Treatment {
    /// It does what its documentation says; here is what that is.
    Honoured(&'static str),
    /// It stands for this word of libpq's.
    Means(&'static str),
    /// These values are taken, any other is refused with what to do.
    Only(&'static [&'static str], &'static str),
    /// It changes nothing here, for this reason.
    NoConcern(&'static str),
    /// It cannot be done; here is what to do instead.
    Refused(&'static str),
}

impl Word {
    pub(super) const fn new(name: &'static str, treatment: Treatment) -> Self {
        Self { name, aliases: &[], variable: None, treatment }
    }

    pub(super) const fn or(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    pub(super) const fn by(mut self, variable: &'static str) -> Self {
        self.variable = Some(variable);
        self
    }

    pub(super) fn spellings(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}
