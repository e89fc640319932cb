//! What can be wrong with an invalid document, and what a store answers to it.
//! Knows where such documents stand; how they are made is `world::faulty`'s affair.

use laneway_model::OutcomeKind;

use crate::kind::Kind;

/// What is wrong with a document.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Fault {
    /// A reference to a document that never comes.
    MissingReference,
    /// A descriptor that never comes.
    MissingDescriptor,
    /// A district with a school's id: their superclass's identity is one.
    IdentityTaken,
    /// `\u0000` in a text, which PostgreSQL does not take.
    NulInText,
    /// Half of a surrogate pair in a text, which PostgreSQL does not take either.
    LoneSurrogate,
    /// A person's id of more than 32 characters.
    PersonIdTooLong,
    /// A number beyond `numeric`.
    NumberTooLarge,
    /// No identity.
    MissingIdentity,
    /// One name twice in an object.
    RepeatedKey,
    /// A reference with one of its two parts.
    PartialReference,
    /// An endpoint that no schema has.
    UnknownEndpoint,
}

impl Fault {
    /// All faults.
    pub const ALL: &[Fault] = &[
        Self::MissingReference,
        Self::MissingDescriptor,
        Self::IdentityTaken,
        Self::NulInText,
        Self::LoneSurrogate,
        Self::PersonIdTooLong,
        Self::NumberTooLarge,
        Self::MissingIdentity,
        Self::RepeatedKey,
        Self::PartialReference,
        Self::UnknownEndpoint,
    ];
    pub(crate) const COUNT: usize = Self::ALL.len();

    /// The outcome of a document with this fault.
    #[must_use]
    pub fn outcome(self) -> OutcomeKind {
        match self {
            Self::MissingReference => OutcomeKind::InvalidReferences,
            Self::MissingDescriptor => OutcomeKind::InvalidDescriptors,
            Self::IdentityTaken => OutcomeKind::IdentityConflict,
            Self::NulInText | Self::LoneSurrogate | Self::PersonIdTooLong | Self::NumberTooLarge => OutcomeKind::Failed,
            Self::MissingIdentity | Self::RepeatedKey | Self::PartialReference => OutcomeKind::InvalidDocument,
            Self::UnknownEndpoint => OutcomeKind::UnknownResource,
        }
    }

    /// The SQLSTATE of an outcome `failed`.
    #[must_use]
    pub fn sqlstate(self) -> Option<&'static str> {
        match self {
            Self::NulInText => Some("22P05"),
            Self::LoneSurrogate => Some("22P02"),
            Self::PersonIdTooLong => Some("22001"),
            Self::NumberTooLarge => Some("22003"),
            _ => None,
        }
    }

    /// The kind of documents among which the faulty one stands: what it needs to be refused for this and
    /// nothing else is there by then.
    pub(crate) fn home(self) -> Kind {
        match self {
            Self::UnknownEndpoint => Kind::SchoolYear,
            Self::IdentityTaken => Kind::School,
            Self::MissingIdentity => Kind::Staff,
            Self::NulInText | Self::RepeatedKey => Kind::Contact,
            Self::MissingDescriptor | Self::PersonIdTooLong => Kind::Student,
            Self::NumberTooLarge => Kind::Course,
            Self::PartialReference => Kind::Section,
            Self::LoneSurrogate => Kind::GradebookEntry,
            Self::MissingReference => Kind::Attendance,
        }
    }

    pub(crate) fn index(self) -> usize {
        self as usize
    }
}
