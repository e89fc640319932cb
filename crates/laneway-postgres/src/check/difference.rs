//! What a check finds: values only, and how they are shown.

use std::fmt;

use laneway_core::store::DocumentKey;
use laneway_model::{DocumentUuid, PersonKind};
use serde_json::{Value as Json, json};

/// How a row is not as it ought to be.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum DifferenceKind {
    /// A row that a document must have is not there.
    Missing,
    /// A row is there that no document accounts for.
    Unexpected,
    /// A row is there, with another content.
    Different,
    /// Education organizations are each other's ancestors.
    Cycle,
    /// A document from which nothing can be extracted: none of its rows was compared.
    Unreadable,
    /// A document of a resource that none of the schemas has: none of its rows was compared.
    Unserved,
}

impl DifferenceKind {
    /// The word for it in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unexpected => "unexpected",
            Self::Different => "different",
            Self::Cycle => "cycle",
            Self::Unreadable => "unreadable",
            Self::Unserved => "unserved",
        }
    }
}

/// A stored document, for a reader.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CheckedDocument {
    /// The row's key.
    pub key: DocumentKey,
    /// The id that callers know.
    pub uuid: DocumentUuid,
    /// Project and resource name, as in `Ed-Fi.Student`.
    pub resource: String,
}

/// What would mend a difference.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Mend {
    /// A document's array becomes the union over the person's rows.
    Array { kind: PersonKind, person: String, document: DocumentKey },
    /// An association's row gets the ancestors of its organization.
    Association { table: AssociationTable, person: String, document: DocumentKey },
    /// The row of a contact for a student's school association.
    ContactRow { student: String, contact: String, relation: DocumentKey, school: DocumentKey },
}

/// The tables of associations with organizations.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum AssociationTable {
    School,
    Responsibility,
    Staff,
}

impl AssociationTable {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::School => "studentschoolassociationauthorization",
            Self::Responsibility => "studenteducationorganizationresponsibilityauthorization",
            Self::Staff => "staffeducationorganizationauthorization",
        }
    }

    pub(super) fn person(self) -> PersonKind {
        match self {
            Self::School | Self::Responsibility => PersonKind::Student,
            Self::Staff => PersonKind::Staff,
        }
    }
}

/// One thing that is not as the stored documents say.
#[derive(Clone, PartialEq, Debug)]
pub struct Difference {
    /// How.
    pub kind: DifferenceKind,
    /// The table, without its schema.
    pub table: &'static str,
    /// The column, where it is one of several.
    pub column: Option<&'static str>,
    /// The document that the row belongs to; `None`: no document.
    pub document: Option<CheckedDocument>,
    /// Whom or what the row is about: a person, an organization, an identity.
    pub subject: Option<String>,
    /// What is there.
    pub stored: Json,
    /// What ought to be there.
    pub expected: Json,
    pub(super) mend: Option<Mend>,
}

impl Difference {
    pub(super) fn new(kind: DifferenceKind, table: &'static str) -> Self {
        Self {
            kind,
            table,
            column: None,
            document: None,
            subject: None,
            stored: Json::Null,
            expected: Json::Null,
            mend: None,
        }
    }

    /// A pair of which at least one is there: missing, unexpected or different.
    pub(super) fn between(table: &'static str, stored: Option<Json>, expected: Option<Json>) -> Self {
        let kind = match (&stored, &expected) {
            (None, _) => DifferenceKind::Missing,
            (_, None) => DifferenceKind::Unexpected,
            _ => DifferenceKind::Different,
        };
        Self { stored: stored.into(), expected: expected.into(), ..Self::new(kind, table) }
    }

    pub(super) fn about(self, subject: impl Into<String>) -> Self {
        Self { subject: Some(subject.into()), ..self }
    }

    pub(super) fn of(self, document: &CheckedDocument) -> Self {
        Self { document: Some(document.clone()), ..self }
    }

    /// Whether [`super::Repair`] mends it.
    #[must_use]
    pub fn can_be_mended(&self) -> bool {
        self.mend.is_some()
    }

    /// One JSON object.
    #[must_use]
    pub fn json(&self) -> Json {
        let document = self.document.as_ref();
        json!({
            "kind": self.kind.as_str(),
            "table": self.table,
            "column": self.column,
            "document": document.map(|document| document.uuid.to_string()),
            "resource": document.map(|document| &document.resource),
            "subject": self.subject,
            "stored": self.stored,
            "expected": self.expected,
            "repair": self.can_be_mended(),
        })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<10} {}", self.kind.as_str(), self.table)?;
        if let Some(column) = self.column {
            write!(f, ".{column}")?;
        }
        if let Some(document) = &self.document {
            write!(f, "  {} {}", document.resource, document.uuid)?;
        }
        if let Some(subject) = &self.subject {
            // One line, whatever it holds.
            write!(f, "  ({})", subject.escape_debug())?;
        }
        if !self.stored.is_null() || self.kind == DifferenceKind::Different {
            write!(f, "  stored: {}", self.stored)?;
        }
        if !self.expected.is_null() || self.kind == DifferenceKind::Different {
            write!(f, "  expected: {}", self.expected)?;
        }
        Ok(())
    }
}
