//! What texts stand for, and what becomes of one: the DMS's steps in their order. Knows no paths.

use std::borrow::Cow;

use super::calendar::{dashed_date, utc};
use super::number::{boolean, number};

/// What a text under a path stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CoercedKind {
    /// A day: with slashes, it becomes `yyyy-MM-dd`.
    Date,
    /// A point in time: as a day first, then `yyyy-MM-ddTHH:mm:ssZ`.
    DateTime,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
}

/// How much is coerced.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum CoercionExtent {
    /// Nothing: bodies are taken as they are.
    #[default]
    Nothing,
    /// Dates and date-times alone, as with the DMS's setting `BypassStringTypeCoercion`.
    Dates,
    /// Dates, date-times, booleans and numbers.
    All,
}

/// All kinds of one path, a bit each.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct CoercedKinds(u8);

impl CoercedKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Date, Self::DateTime, Self::Boolean, Self::Number];

    /// The word that plugins have for it: the kind of a slot.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::DateTime => "date-time",
            Self::Boolean => "boolean",
            Self::Number => "number",
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl CoercedKinds {
    /// With one kind more.
    #[must_use]
    pub fn with(self, kind: CoercedKind) -> Self {
        Self(self.0 | kind.bit())
    }

    /// The kinds of both.
    pub(super) fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    fn has(self, kind: CoercedKind) -> bool {
        self.0 & kind.bit() != 0
    }

    /// Those of them that are coerced to this extent.
    pub(super) fn within(self, extent: CoercionExtent) -> Self {
        let dates = CoercedKind::Date.bit() | CoercedKind::DateTime.bit();
        match extent {
            CoercionExtent::Nothing => Self(0),
            CoercionExtent::Dates => Self(self.0 & dates),
            CoercionExtent::All => self,
        }
    }

    /// What `text` becomes, as a JSON value; `None`: it stays as it is.
    #[must_use]
    pub fn coerced(self, text: &str) -> Option<String> {
        // The order is the DMS's: a date-time with slashes is brought into the form that the second step reads.
        let is_date = self.has(CoercedKind::Date) || self.has(CoercedKind::DateTime);
        let mut now = Cow::Borrowed(text);
        if let Some(date) = is_date.then(|| dashed_date(&now)).flatten() {
            now = Cow::Owned(date);
        }
        if let Some(time) = self.has(CoercedKind::DateTime).then(|| utc(&now)).flatten() {
            now = Cow::Owned(time);
        }
        if self.has(CoercedKind::Boolean)
            && let Some(boolean) = boolean(&now)
        {
            return Some(boolean.to_string());
        }
        if self.has(CoercedKind::Number)
            && let Some(number) = number(&now)
        {
            return Some(number);
        }
        (now != text).then(|| quoted(&now))
    }
}

/// A text as JSON has it.
fn quoted(text: &str) -> String {
    use std::fmt::Write as _;
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\0'..='\u{1f}' => {
                // Writing to a string cannot fail.
                let _ = write!(quoted, "\\u{:04x}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}
