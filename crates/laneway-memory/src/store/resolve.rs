//! What a flush asks for, read from the tables.

use laneway_core::store::{
    Arrays, DocumentKey, Found, NewIds, Organization, ResolveRequest, Snapshot, StoredAlias, StoredDocument,
};
use laneway_model::{Association, Operation, PersonKind};

use super::Tables;
use crate::jsonb::Jsonb;
use crate::refusal::Refusal;
use crate::tables::{DocumentId, Ids};
use crate::triggers::Sides;

impl Tables {
    pub(super) fn resolve(&mut self, request: &ResolveRequest<'_>) -> Result<Snapshot, Refusal> {
        if request.persons.values().flat_map(|persons| persons.keys()).any(|person| person.contains('\0')) {
            return Err(Refusal::sql("22021"));
        }
        let mut snapshot = Snapshot::default();
        for operation in &request.operations {
            let found = self.found(operation);
            snapshot.documents.insert(operation.extraction.referential_id, found);
        }
        let superclasses = request.operations.iter().filter_map(|of| of.extraction.superclass_referential_id);
        for id in request.references.iter().copied().chain(superclasses) {
            if let Some(document) = self.model.aliases.get(&id) {
                let document = self.key(*document);
                snapshot.aliases.insert(id, StoredAlias { id: self.alias_ids[&id], document });
            }
        }
        for (kind, persons) in &request.persons {
            let arrays = persons.keys().map(|person| (person.clone(), self.arrays(*kind, person)));
            snapshot.arrays.insert(*kind, arrays.collect());
        }
        for id in &request.organizations {
            let ancestors = self.model.line(*id);
            if !ancestors.is_empty() {
                snapshot.organizations.insert(*id, Organization { row: self.row_ids[id], ancestors, cyclic: false });
            }
        }
        let is_taken = |uuid: &&_| self.model.documents.values().any(|document| document.uuid == **uuid);
        snapshot.uuids_taken = request.uuids.iter().filter(is_taken).copied().collect();
        Ok(snapshot)
    }

    pub(super) fn key(&self, document: DocumentId) -> DocumentKey {
        let partition = self.model.documents[&document].uuid.partition().get();
        DocumentKey { partition, id: i64::try_from(document).unwrap_or(i64::MAX) }
    }

    fn found(&mut self, operation: &Operation) -> Found {
        let Some(id) = self.model.aliases.get(&operation.extraction.referential_id).copied() else {
            return Found::Nothing(NewIds {
                document: self.next_id(),
                alias: self.next_id(),
                superclass_alias: self.next_id(),
                hierarchy: self.next_id(),
            });
        };
        let document = &self.model.documents[&id];
        let named = |kind: PersonKind| Some((kind, self.model.securable.get(&kind)?.get(&id)?.clone()));
        let association = self.model.association(id).map(|kind| {
            let Sides { person, other } = Sides::of(kind, &document.body);
            Association { kind, person, other }
        });
        Found::Stored(StoredDocument {
            key: self.key(id),
            uuid: document.uuid,
            etag: document.body.member("_etag").and_then(Jsonb::string).map(str::to_owned),
            securable: PersonKind::ALL.into_iter().filter_map(named).collect(),
            association,
        })
    }

    fn arrays(&self, kind: PersonKind, person: &str) -> Arrays {
        let json =
            |ids: Option<Ids>| ids.map(|ids| Jsonb::Array(ids.into_iter().map(Jsonb::String).collect()).to_string());
        let main = match kind {
            PersonKind::Student => self.model.school_union(person),
            PersonKind::Staff => self.model.staff_union(person),
            PersonKind::Contact => self.model.contact_union(person),
        };
        let is_student = kind == PersonKind::Student;
        let responsibility = is_student.then(|| self.model.responsibility_union(person)).flatten();
        Arrays { main: json(main), responsibility: json(responsibility) }
    }
}
