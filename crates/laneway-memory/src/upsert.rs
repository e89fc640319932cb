//! One upsert, step by step in its order of precedence. What fails leaves nothing behind.

use std::collections::BTreeSet;
use std::sync::Arc;

use laneway_model::{
    DocumentUuid, Extraction, Operation, Outcome, PersonKind, ReferentialId, TRACE_ID_CHARS_MAX, Value,
};

use crate::authorization::authorize;
use crate::jsonb::Jsonb;
use crate::refusal::Refusal;
use crate::tables::{Arrays, Document, DocumentId, Model};
use crate::triggers::fits;

impl Model {
    /// Upserts one document as a serial run does.
    pub fn upsert(&mut self, operation: &Operation) -> Outcome {
        self.upsert_expecting(operation, &BTreeSet::new())
            .unwrap_or_else(|refusal| refusal.outcome(&operation.extraction))
    }

    /// What would become of an upsert if some identities were there; nothing is written.
    pub(crate) fn outcome_counting(&self, operation: &Operation, present: &BTreeSet<ReferentialId>) -> Outcome {
        let result = self.clone().upsert_expecting(operation, present);
        result.unwrap_or_else(|refusal| refusal.outcome(&operation.extraction))
    }

    /// As [`Model::upsert`], with identities that count as present though they are not stored yet.
    pub(crate) fn upsert_expecting(
        &mut self,
        operation: &Operation,
        expected: &BTreeSet<ReferentialId>,
    ) -> Result<Outcome, Refusal> {
        let before = self.clone();
        let result = self.try_upsert(operation, expected);
        if result.is_err() {
            *self = before;
        }
        result
    }

    fn try_upsert(&mut self, operation: &Operation, expected: &BTreeSet<ReferentialId>) -> Result<Outcome, Refusal> {
        let extraction = &operation.extraction;
        let found = self.aliases.get(&extraction.referential_id).copied();
        authorize(operation, self)?;
        if PersonKind::ALL.into_iter().any(|kind| extraction.first_person(kind).is_some_and(|id| id.contains('\0'))) {
            // As a parameter of the reads below.
            return Err(Refusal::sql("22021"));
        }
        let arrays = self.arrays_of(extraction);
        if let Some(document) = found
            && self.has_equal_etag(document, operation)
        {
            return Ok(Outcome::Updated { document_uuid: self.documents[&document].uuid });
        }
        self.check_references(operation, expected)?;
        match found {
            None => self.insert(operation, arrays),
            Some(document) => {
                extraction.hierarchy.map_or(Ok(()), |hierarchy| self.refuse_cycle(hierarchy))?;
                self.update(operation, document, arrays)
            }
        }
    }

    /// Whether the operation finds its document with its `_etag`.
    pub(crate) fn is_unchanged(&self, operation: &Operation) -> bool {
        let found = self.aliases.get(&operation.extraction.referential_id);
        found.is_some_and(|document| self.has_equal_etag(*document, operation))
    }

    /// Only a text equals anything.
    fn has_equal_etag(&self, document: DocumentId, operation: &Operation) -> bool {
        let extraction = &operation.extraction;
        let stored = self.documents[&document].body.member("_etag").and_then(Jsonb::string);
        extraction.etag.is_some_and(|etag| stored == Some(extraction.text(etag)))
    }

    fn check_references(&self, operation: &Operation, expected: &BTreeSet<ReferentialId>) -> Result<(), Refusal> {
        let extraction = &operation.extraction;
        // A document's own identity is not there before the document is.
        let own: Vec<ReferentialId> = extraction.own_ids().collect();
        let is_expected = |id: &ReferentialId| expected.contains(id) && !own.contains(id);
        let is_missing = |id: ReferentialId| !self.aliases.contains_key(&id) && !is_expected(&id);
        if !extraction.referenced_ids().any(is_missing) {
            return Ok(());
        }
        Err(Refusal::Outcome(Outcome::missing_references(extraction, is_missing)))
    }

    fn insert(&mut self, operation: &Operation, arrays: Arrays) -> Result<Outcome, Refusal> {
        let extraction = &operation.extraction;
        let document_uuid = operation.document_uuid;
        let document = Document::of(operation, document_uuid, arrays)?;
        self.last_id += 1;
        let id = self.last_id;
        self.insert_document(id, document)?;
        self.aliases.insert(extraction.referential_id, id);
        self.inserted(id)?;
        if let Some(superclass) = extraction.superclass_referential_id
            && self.aliases.insert(superclass, id).is_some()
        {
            return Err(Refusal::Unique);
        }
        self.references.extend(extraction.referenced_ids().map(|referred| (id, referred)));
        if let Some(hierarchy) = extraction.hierarchy {
            self.insert_organization(extraction, hierarchy, id)?;
        }
        for kind in PersonKind::ALL {
            if let Some(person) = extraction.first_person(kind) {
                self.securable.entry(kind).or_default().insert(id, fits(Some(person))?);
            }
        }
        Ok(Outcome::Inserted { document_uuid })
    }

    fn update(&mut self, operation: &Operation, id: DocumentId, arrays: Arrays) -> Result<Outcome, Refusal> {
        let extraction = &operation.extraction;
        let document_uuid = self.documents[&id].uuid;
        let document = Document { touched: true, ..Document::of(operation, document_uuid, arrays)? };
        if let Some(old) = self.documents.insert(id, document) {
            self.updated(id, &old.body)?;
        }
        self.references.retain(|(of, _)| *of != id);
        self.references.extend(extraction.referenced_ids().map(|referred| (id, referred)));
        if let Some(hierarchy) = extraction.hierarchy {
            self.update_organization(hierarchy, id);
        }
        for kind in PersonKind::ALL {
            // A row that is missing is not added.
            let row = self.securable.get_mut(&kind).and_then(|rows| rows.get_mut(&id));
            if let Some((person, row)) = extraction.first_person(kind).zip(row) {
                *row = fits(Some(person))?;
            }
        }
        Ok(Outcome::Updated { document_uuid })
    }
}

impl Model {
    pub(crate) fn insert_document(&mut self, id: DocumentId, document: Document) -> Result<(), Refusal> {
        if self.documents.values().any(|other| other.uuid == document.uuid) {
            return Err(Refusal::Unique);
        }
        self.documents.insert(id, document);
        Ok(())
    }
}

impl Document {
    /// The row that an operation writes, under that id.
    pub(crate) fn of(operation: &Operation, uuid: DocumentUuid, arrays: Arrays) -> Result<Self, Refusal> {
        if operation.trace_id.chars().count() > TRACE_ID_CHARS_MAX {
            return Err(Refusal::sql("22001"));
        }
        let body = Jsonb::parse(&operation.document)?.with("id", uuid.to_string());
        let resource = &operation.extraction.resource;
        Ok(Self {
            uuid,
            project_name: resource.name.project_name.clone(),
            resource_name: resource.name.resource_name.clone(),
            version: resource.version.clone(),
            is_descriptor: resource.is_descriptor,
            body: Arc::new(body),
            security: Arc::new(security(&operation.extraction)),
            arrays,
            trace_id: operation.trace_id.clone(),
            touched: false,
            own_ids: operation.extraction.own_ids().collect(),
        })
    }
}

/// Every key, ids as texts.
fn security(extraction: &Extraction) -> Jsonb {
    let elements = &extraction.security;
    let text = |text: &str| Jsonb::String(text.to_owned());
    let texts = |values: &[Value]| Jsonb::Array(values.iter().map(|value| text(extraction.text(*value))).collect());
    let organizations = elements.education_organizations.iter().map(|organization| {
        let name = &extraction.resource.property_names[usize::from(organization.property)];
        Jsonb::Object([("Id".into(), text(&organization.id.to_string())), ("PropertyName".into(), text(name))].into())
    });
    Jsonb::Object(
        [
            ("Namespace".into(), texts(&elements.namespaces)),
            ("EducationOrganization".into(), Jsonb::Array(organizations.collect())),
            ("Student".into(), texts(&elements.students)),
            ("Contact".into(), texts(&elements.contacts)),
            ("Staff".into(), texts(&elements.staff)),
        ]
        .into(),
    )
}
