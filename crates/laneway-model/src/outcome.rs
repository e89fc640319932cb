//! What an operation's caller gets.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{DescriptorReference, DocumentUuid, Extraction, ReferentialId};

/// A five-character SQLSTATE (PostgreSQL, appendix A).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SqlState(pub [u8; 5]);

impl SqlState {
    /// Reads five ASCII characters.
    #[must_use]
    pub fn new(code: &str) -> Option<Self> {
        code.as_bytes().try_into().ok().filter(|code: &[u8; 5]| code.is_ascii()).map(Self)
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("?????")
    }
}

impl std::fmt::Display for SqlState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Debug for SqlState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A descriptor reference that names nothing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct InvalidDescriptor {
    /// Where in the document, as in `$.addresses[0].addressTypeDescriptor`.
    pub path: String,
    /// The descriptor's resource name.
    pub resource: String,
    /// The URI, lower-cased.
    pub value: String,
}

impl InvalidDescriptor {
    fn of(extraction: &Extraction, descriptor: &DescriptorReference) -> Self {
        let target = &extraction.resource.descriptor_lists[usize::from(descriptor.list)].target;
        Self {
            path: extraction.descriptor_path(descriptor),
            resource: target.resource_name.to_string(),
            value: extraction.text(descriptor.uri).to_owned(),
        }
    }
}

/// How an operation ended. Every accepted operation gets exactly one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The document is new and stored.
    Inserted {
        /// The new document's id.
        document_uuid: DocumentUuid,
    },
    /// The document was there and is now as handed over.
    Updated {
        /// The stored document's id.
        document_uuid: DocumentUuid,
    },
    /// Descriptor references name nothing: one entry per occurrence, in extraction order.
    InvalidDescriptors(Vec<InvalidDescriptor>),
    /// The document itself cannot be taken.
    InvalidDocument {
        /// A word for machines.
        code: String,
        /// A sentence for people.
        message: String,
    },
    /// No plugin serves the resource.
    UnknownResource {
        /// A word for machines: `unknown-project` or `unknown-endpoint`.
        code: String,
        /// A sentence for people.
        message: String,
    },
    /// The document is over the size limit.
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// Document references name nothing: the distinct resource names, sorted.
    InvalidReferences {
        /// The resource names.
        resources: Vec<String>,
    },
    /// Another document holds the identity, or the document's id.
    IdentityConflict {
        /// The resource name of the document that was handed over.
        resource: String,
        /// The last segment of each identity path with its value.
        identity: Vec<(String, String)>,
    },
    /// Concurrent changes kept getting in the way; the caller may retry.
    WriteConflict {
        /// The code of the last failure.
        sqlstate: Option<SqlState>,
    },
    /// The caller's strategies refuse.
    NotAuthorized {
        /// Why.
        messages: Vec<String>,
        /// What might help.
        hints: Vec<String>,
    },
    /// The database refused the document, or something broke.
    Failed {
        /// The database's code, where it was the database.
        sqlstate: Option<SqlState>,
        /// A sentence for people; never a secret.
        message: String,
    },
    /// The plugin trapped, ran too long, or returned something impossible.
    PluginFailed {
        /// A sentence for people.
        message: String,
    },
    /// The connection was lost at commit, and whether it was committed could not be found out.
    InDoubt,
    /// There was no room for the operation.
    QueueFull {
        /// How long the caller should wait, in milliseconds.
        retry_after_ms: u64,
    },
    /// The runtime was closed before the operation was written.
    Closed,
    /// The deadline passed before the operation was written.
    Deadline,
    /// The caller withdrew the operation before it was written.
    Cancelled,
}

/// Each kind once, with its name in JSON, metrics and logs, and with its HTTP status.
macro_rules! outcome_kinds {
    ($($kind:ident $name:literal $http_status:literal,)*) => {
        /// An outcome without its details: one vocabulary in Rust, C, .NET, JSON and metrics.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[expect(missing_docs, reason = "the variants are those of `Outcome`")]
        pub enum OutcomeKind {
            $($kind,)*
        }

        impl OutcomeKind {
            /// All of them, in the order of their declaration.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$kind),*];

            /// The name used in JSON, metrics and logs.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }

            /// The HTTP status for it.
            #[must_use]
            pub fn http_status(self) -> u16 {
                match self {
                    $(Self::$kind => $http_status,)*
                }
            }
        }

        impl Outcome {
            /// The outcome without its details.
            #[must_use]
            pub fn kind(&self) -> OutcomeKind {
                match self {
                    $(Self::$kind { .. } => OutcomeKind::$kind,)*
                }
            }
        }
    };
}

outcome_kinds! {
    Inserted "inserted" 201,
    Updated "updated" 200,
    InvalidDescriptors "invalid_descriptors" 400,
    InvalidDocument "invalid_document" 400,
    UnknownResource "unknown_resource" 404,
    TooLarge "too_large" 413,
    InvalidReferences "invalid_references" 409,
    IdentityConflict "identity_conflict" 409,
    WriteConflict "write_conflict" 409,
    NotAuthorized "not_authorized" 403,
    Failed "failed" 500,
    PluginFailed "plugin_failed" 500,
    InDoubt "in_doubt" 500,
    QueueFull "queue_full" 503,
    Closed "closed" 503,
    Deadline "deadline" 504,
    Cancelled "cancelled" 499,
}

impl Outcome {
    /// Another document holds the identity of the one with this extraction, or its id.
    #[must_use]
    pub fn identity_conflict(extraction: &Extraction) -> Self {
        let last_segment = |path: &str| path.rsplit('.').next().unwrap_or(path).to_owned();
        Self::IdentityConflict {
            resource: extraction.resource.name.resource_name.to_string(),
            identity: extraction.identity().map(|(path, value)| (last_segment(path), value.to_owned())).collect(),
        }
    }

    /// References of the document with this extraction name nothing: invalid descriptors if a descriptor is among
    /// them, invalid references otherwise.
    pub fn missing_references(extraction: &Extraction, is_missing: impl Fn(ReferentialId) -> bool) -> Self {
        let descriptors = extraction.descriptors.iter().filter(|descriptor| is_missing(descriptor.id));
        let descriptors: Vec<_> = descriptors.map(|of| InvalidDescriptor::of(extraction, of)).collect();
        if !descriptors.is_empty() {
            return Self::InvalidDescriptors(descriptors);
        }
        let lists = &extraction.resource.reference_lists;
        let references = extraction.references.iter().filter(|reference| is_missing(reference.id));
        let names: BTreeSet<&str> =
            references.map(|reference| &*lists[usize::from(reference.list)].target.resource_name).collect();
        Self::InvalidReferences { resources: names.into_iter().map(str::to_owned).collect() }
    }

    /// Whether the operation failed because of its document alone: PostgreSQL refuses the data (class 22, as `22P05` for a
    /// text with a NUL), or something in it is too large or nested too deep (class 54). Nothing is wrong with the database,
    /// and another try fails too.
    #[must_use]
    pub fn is_document_at_fault(&self) -> bool {
        matches!(self, Self::Failed { sqlstate: Some(code), .. } if matches!(&code.0[..2], b"22" | b"54"))
    }

    /// The HTTP status for it: its kind's, but 400 where the document is at fault.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        if self.is_document_at_fault() { OutcomeKind::InvalidDocument.http_status() } else { self.kind().http_status() }
    }

    /// Whether the document is stored as handed over.
    #[must_use]
    pub fn is_stored(&self) -> bool {
        matches!(self, Self::Inserted { .. } | Self::Updated { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_at_fault_where_the_database_refuses_its_data_alone() {
        let failed = |code: &str| Outcome::Failed { sqlstate: SqlState::new(code), message: String::new() };
        for code in ["22P05", "22P02", "22003", "22001", "54000"] {
            assert!(failed(code).is_document_at_fault(), "{code}");
            assert_eq!(failed(code).http_status(), 400, "{code}");
        }
        for code in ["", "XX000", "42501", "53100", "23502", "08006"] {
            assert!(!failed(code).is_document_at_fault(), "{code}");
            assert_eq!(failed(code).http_status(), 500, "{code}");
        }
        assert!(!Outcome::InDoubt.is_document_at_fault());
    }
}
