//! The documents of a world: a few resources, their identities, and the operation that each document is. Knows no store and no
//! time.

use std::sync::Arc;

use bytes::Bytes;
use laneway_model::{
    DescriptorList, DescriptorReference, DocumentReference, DocumentUuid, Extraction, Operation, ReferenceList,
    ReferencePart, ReferentialId, Resource, ResourceName, Superclass, TokenKind, Value,
};
use uuid::Uuid;

/// The project of all resources.
pub(crate) const PROJECT: &str = "p";
/// What documents are of: two kinds of one superclass, two of none, and one that is referred to as a descriptor.
pub(crate) const RESOURCES: [&str; 5] = ["Alpha", "Beta", "Gamma", "Delta", "Term"];
/// How many of them are kinds of the superclass, from the first on.
const KINDS_OF_BASE: usize = 2;
/// The number of the resource that is referred to as a descriptor.
pub(crate) const TERM: usize = 4;
/// The number under which the superclass is referred to.
pub(crate) const BASE: usize = RESOURCES.len();

/// An identity: the number of a resource or [`BASE`], and a key.
pub(crate) type Target = (usize, u32);

/// What is wrong with a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Flaw {
    None,
    /// The database refuses it, and it looks like that beforehand.
    Suspicious,
    /// The database refuses it, and nothing shows that beforehand.
    Unforeseen,
    /// Its extractor refuses it.
    Unreadable,
    /// Its extractor panics.
    Panics,
}

/// One document.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// Its number in the world.
    pub(crate) serial: usize,
    pub(crate) resource: usize,
    pub(crate) key: u32,
    pub(crate) references: Vec<Target>,
    pub(crate) etag: Option<u8>,
    pub(crate) uuid: DocumentUuid,
    /// Bytes that it has beside what it needs.
    pub(crate) padding: usize,
    pub(crate) flaw: Flaw,
}

/// The ReferentialId of an identity.
pub(crate) fn id((resource, key): Target) -> ReferentialId {
    let number = (resource as u64) << 32 | u64::from(key);
    let (high, low) = (mix(number ^ 0x9e37_79b9_7f4a_7c15), mix(number));
    ReferentialId(Uuid::from_u128(u128::from(high) << 64 | u128::from(low)))
}

/// The ReferentialId under the superclass's name, for a kind of it.
pub(crate) fn superclass((resource, key): Target) -> Option<ReferentialId> {
    (resource < KINDS_OF_BASE).then(|| id((BASE, key)))
}

/// Spreads a number over 64 bits (the finalizer of SplitMix64).
fn mix(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

impl Document {
    pub(crate) fn identity(&self) -> ReferentialId {
        id((self.resource, self.key))
    }

    pub(crate) fn superclass(&self) -> Option<ReferentialId> {
        superclass((self.resource, self.key))
    }

    /// The body, in which an extractor finds the serial number again.
    pub(crate) fn body(&self) -> Bytes {
        let flaw = if self.flaw == Flaw::Suspicious { r#","z":"\u0000""# } else { "" };
        let padding = self.padding;
        format!(r#"{{"n":{},"p":"{:padding$}"{flaw}}}"#, self.serial, "").into()
    }

    /// The serial number in a body.
    pub(crate) fn serial_of(body: &[u8]) -> Option<usize> {
        let digits = body.strip_prefix(br#"{"n":"#)?.split(|byte| *byte == b',').next()?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    }

    pub(crate) fn trace_id(&self) -> Box<str> {
        self.serial.to_string().into()
    }

    pub(crate) fn extraction(&self, resource: &Arc<Resource>) -> Extraction {
        let mut arena = self.key.to_string();
        let mut values = vec![Value { start: 0, len: arena.len() as u32, token: TokenKind::Number }];
        let mut push = |text: String| {
            let value = Value { start: arena.len() as u32, len: text.len() as u32, token: TokenKind::String };
            arena.push_str(&text);
            value
        };
        let (mut references, mut descriptors) = (Vec::new(), Vec::new());
        for &(target, key) in &self.references {
            let (id, value) = (id((target, key)), push(key.to_string()));
            if target == TERM {
                descriptors.push(DescriptorReference { id, list: 0, uri: value, steps: 0..0 });
            } else {
                let at = values.len() as u32;
                values.push(value);
                references.push(DocumentReference { id, list: target as u16, values: at..at + 1 });
            }
        }
        let etag = self.etag.map(|etag| push(etag.to_string()));
        Extraction {
            superclass_referential_id: self.superclass(),
            arena,
            values,
            references,
            descriptors,
            etag,
            ..Extraction::new(Arc::clone(resource), self.identity())
        }
    }

    pub(crate) fn operation(&self, resource: &Arc<Resource>) -> Operation {
        Operation {
            document: self.body(),
            extraction: self.extraction(resource),
            document_uuid: self.uuid,
            trace_id: self.trace_id(),
            authorization: None,
        }
    }
}

/// The resources, in the order of [`RESOURCES`].
pub(crate) fn resources() -> Vec<Arc<Resource>> {
    let key = || vec!["$.key".into()];
    let target = |number: usize| ResourceName::new(PROJECT, RESOURCES.get(number).copied().unwrap_or("Base"));
    let list = |number: usize| ReferenceList {
        target: target(number),
        parts: vec![ReferencePart { path: "$.key".into(), location: format!("$.r{number}.key").into() }],
    };
    let resource = |number: usize| {
        let superclass = || Superclass { name: target(BASE), identity_paths: key() };
        Arc::new(Resource {
            is_descriptor: number == TERM,
            superclass: (number < KINDS_OF_BASE).then(superclass),
            identity_paths: key(),
            reference_lists: (0..=BASE).map(list).collect(),
            descriptor_lists: vec![DescriptorList { target: target(TERM), location: "$.term".into() }],
            ..Resource::new(target(number))
        })
    };
    (0..RESOURCES.len()).map(resource).collect()
}
