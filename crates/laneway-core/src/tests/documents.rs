//! Operations of a small world, for tests: resources `Alpha` and `Beta` are kinds of `Base`, `Gamma` is none.

use std::sync::Arc;

use laneway_model::{
    DocumentReference, DocumentUuid, Extraction, Operation, ReferenceList, ReferencePart, ReferentialId, Resource,
    ResourceName, SecurityElements, Superclass, TokenKind, Value,
};
use uuid::Uuid;

/// The superclass of `Alpha` and `Beta`.
pub(crate) const BASE: &str = "Base";
/// What a reference may point to; also the order of the reference lists.
pub(crate) const TARGETS: [&str; 4] = ["Alpha", "Beta", "Gamma", BASE];

/// A document in the making.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) resource: &'static str,
    pub(crate) key: u32,
    pub(crate) references: Vec<(&'static str, u32)>,
    pub(crate) uuid: DocumentUuid,
    pub(crate) bytes: usize,
    pub(crate) student: Option<u32>,
}

/// The identity `key` of the resource, or superclass, of that name.
pub(crate) fn id(target: &str, key: u32) -> ReferentialId {
    ReferentialId::of("P", target, [("$.key", key.to_string().as_str())])
}

impl Document {
    pub(crate) fn alpha(key: u32) -> Self {
        Self::new("Alpha", key)
    }

    pub(crate) fn beta(key: u32) -> Self {
        Self::new("Beta", key)
    }

    pub(crate) fn gamma(key: u32) -> Self {
        Self::new("Gamma", key)
    }

    pub(crate) fn new(resource: &'static str, key: u32) -> Self {
        Self { resource, key, references: Vec::new(), uuid: DocumentUuid(Uuid::now_v7()), bytes: 2, student: None }
    }

    pub(crate) fn refers_to(mut self, target: &'static str, key: u32) -> Self {
        self.references.push((target, key));
        self
    }

    /// Makes it one that is secured by a student.
    pub(crate) fn about(mut self, student: u32) -> Self {
        self.student = Some(student);
        self
    }

    /// Puts the document into a lane.
    pub(crate) fn in_partition(mut self, partition: u8) -> Self {
        let mut bytes = *self.uuid.0.as_bytes();
        bytes[15] = bytes[15] & 0xf0 | partition;
        self.uuid = DocumentUuid(Uuid::from_bytes(bytes));
        self
    }

    pub(crate) fn resource(&self) -> Arc<Resource> {
        resource(self.resource)
    }

    pub(crate) fn own_ids(&self) -> Vec<ReferentialId> {
        let superclass = self.resource().superclass.is_some().then(|| id(BASE, self.key));
        std::iter::once(id(self.resource, self.key)).chain(superclass).collect()
    }

    pub(crate) fn operation(&self) -> Arc<Operation> {
        let mut resource = self.resource();
        let key = self.key.to_string();
        let values = vec![Value { start: 0, len: key.len() as u32, token: TokenKind::Number }];
        let mut security = SecurityElements::default();
        let mut arena = key;
        if let Some(student) = self.student {
            Arc::make_mut(&mut resource).securable.student = true;
            let (start, text) = (arena.len() as u32, student.to_string());
            arena.push_str(&text);
            security.students.push(Value { start, len: text.len() as u32, token: TokenKind::String });
        }
        let list = |target: &str| TARGETS.iter().position(|other| *other == target).expect("a target") as u16;
        let reference = |(target, key): &(&'static str, u32)| DocumentReference {
            id: id(target, *key),
            list: list(target),
            values: 0..1,
        };
        let extraction = Extraction {
            superclass_referential_id: resource.superclass.as_ref().map(|_| id(BASE, self.key)),
            values,
            arena,
            security,
            references: self.references.iter().map(reference).collect(),
            ..Extraction::new(resource, id(self.resource, self.key))
        };
        Arc::new(Operation {
            // JSON of that length, so that nothing about it is suspicious.
            document: format!("{:1$}", 0, self.bytes).into(),
            extraction,
            document_uuid: self.uuid,
            trace_id: "trace".into(),
            authorization: None,
        })
    }
}

pub(crate) fn resource(name: &str) -> Arc<Resource> {
    let key = || vec!["$.key".into()];
    let superclass =
        (name != "Gamma").then(|| Superclass { name: ResourceName::new("P", BASE), identity_paths: key() });
    let list = |target: &&str| ReferenceList {
        target: ResourceName::new("P", *target),
        parts: vec![ReferencePart { path: "$.key".into(), location: format!("$.{target}.key").into() }],
    };
    Arc::new(Resource {
        superclass,
        identity_paths: key(),
        reference_lists: TARGETS.iter().map(list).collect(),
        ..Resource::new(ResourceName::new("P", name))
    })
}
