//! Operations made by hand, for tests of the pure code.

use std::sync::Arc;

use bytes::Bytes;
use laneway_model::{
    Association, DocumentReference, DocumentUuid, Extraction, Hierarchy, Operation, OperationId, Operator,
    ReferenceList, ReferencePart, ReferentialId, Resource, ResourceName, SecurableKeys, SecurityElements, Strategy,
    Superclass, TokenKind, Value,
};
use uuid::Uuid;

use crate::flush::Accepted;

/// The identity `name` of a resource `T`, as references in tests name it.
pub(crate) fn id(name: &str) -> ReferentialId {
    ReferentialId::of("Ed-Fi", "T", [("$.name", name)])
}

/// An operation in the making.
pub(crate) struct Builder {
    name: String,
    resource_name: String,
    number: u64,
    superclass: Option<String>,
    references: Vec<String>,
    /// Reference values at the locations of the triggers' sides.
    sides: Vec<(&'static str, String)>,
    student: Option<String>,
    staff: Option<String>,
    contact: Option<String>,
    hierarchy: Option<Hierarchy>,
    etag: Option<String>,
    strategies: Option<Vec<Strategy>>,
}

/// An operation with the identity `name`, accepted as the `number`th.
pub(crate) fn operation(number: u64, name: &str) -> Builder {
    Builder {
        name: name.to_owned(),
        resource_name: "T".to_owned(),
        number,
        superclass: None,
        references: Vec::new(),
        sides: Vec::new(),
        student: None,
        staff: None,
        contact: None,
        hierarchy: None,
        etag: None,
        strategies: None,
    }
}

impl Builder {
    pub(crate) fn superclass(mut self, name: &str) -> Self {
        self.superclass = Some(name.to_owned());
        self
    }

    pub(crate) fn refers_to(mut self, name: &str) -> Self {
        self.references.push(name.to_owned());
        self
    }

    pub(crate) fn student(mut self, student: &str) -> Self {
        self.student = Some(student.to_owned());
        self
    }

    pub(crate) fn staff(mut self, staff: &str) -> Self {
        self.staff = Some(staff.to_owned());
        self
    }

    pub(crate) fn contact(mut self, contact: &str) -> Self {
        self.contact = Some(contact.to_owned());
        self
    }

    pub(crate) fn organization(mut self, id: i64, parent_id: i64) -> Self {
        self.hierarchy = Some(Hierarchy { id, parent_id });
        self
    }

    pub(crate) fn etag(mut self, etag: &str) -> Self {
        self.etag = Some(etag.to_owned());
        self
    }

    /// With strategies, which allow it.
    pub(crate) fn allowed(mut self) -> Self {
        let name = "NoFurtherAuthorizationRequired".to_owned();
        self.strategies = Some(vec![Strategy { name, operator: Operator::Or, filters: Vec::new() }]);
        self
    }

    /// An association of that resource name between a person and an organization or contact.
    pub(crate) fn association(
        mut self,
        resource_name: &str,
        person: (&'static str, &str),
        other: (&'static str, &str),
    ) -> Self {
        self.resource_name = resource_name.to_owned();
        self.sides = vec![(person.0, person.1.to_owned()), (other.0, other.1.to_owned())];
        self
    }

    pub(crate) fn build(self) -> Accepted {
        let mut arena = String::new();
        let mut push = |text: &str| {
            let value = Value { start: arena.len() as u32, len: text.len() as u32, token: TokenKind::String };
            arena.push_str(text);
            value
        };
        let mut values = vec![push(&self.name)];
        let name = ResourceName::new("Ed-Fi", self.resource_name.as_str());
        let target = ResourceName::new("Ed-Fi", "T");
        let part = |location: &str| ReferencePart { path: "$.name".into(), location: location.into() };
        let mut lists = vec![ReferenceList { target: target.clone(), parts: vec![part("$.refs[*].name")] }];
        let mut references = Vec::new();
        for name in &self.references {
            let at = values.len() as u32;
            values.push(push(name));
            references.push(DocumentReference { id: id(name), list: 0, values: at..at + 1 });
        }
        for (location, value) in &self.sides {
            let at = values.len() as u32;
            values.push(push(value));
            lists.push(ReferenceList { target: target.clone(), parts: vec![part(location)] });
            let list = lists.len() as u16 - 1;
            references.push(DocumentReference { id: id(value), list, values: at..at + 1 });
        }
        let security = SecurityElements {
            students: self.student.iter().map(|text| push(text)).collect(),
            staff: self.staff.iter().map(|text| push(text)).collect(),
            contacts: self.contact.iter().map(|text| push(text)).collect(),
            ..SecurityElements::default()
        };
        let etag = self.etag.as_ref().map(|text| push(text));
        let superclass = || Superclass { name: target.clone(), identity_paths: vec!["$.name".into()] };
        let resource = Resource {
            association: Association::of(&name, &lists),
            in_hierarchy: self.hierarchy.is_some(),
            superclass: self.superclass.as_ref().map(|_| superclass()),
            identity_paths: vec!["$.name".into()],
            reference_lists: lists,
            securable: SecurableKeys {
                student: self.student.is_some(),
                contact: self.contact.is_some(),
                staff: self.staff.is_some(),
                ..SecurableKeys::default()
            },
            ..Resource::new(name)
        };
        let extraction = Extraction {
            superclass_referential_id: self.superclass.as_deref().map(id),
            arena,
            values,
            references,
            security,
            hierarchy: self.hierarchy,
            etag,
            ..Extraction::new(Arc::new(resource), id(&self.name))
        };
        let operation = Operation {
            document: Bytes::from_static(b"{}"),
            extraction,
            document_uuid: DocumentUuid(Uuid::from_u128(u128::from(self.number) + 1)),
            trace_id: "".into(),
            authorization: self.strategies.map(Into::into),
        };
        Accepted { id: OperationId(self.number), operation: Arc::new(operation), time_left: None, in_line: false }
    }
}
