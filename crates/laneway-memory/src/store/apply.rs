//! What a flush writes, statement by statement in the database's order: what fires behind a statement fires when all of its rows
//! are there.

use laneway_core::changes::{Changes, DocumentArrays, DocumentWrite, HierarchyInsert, HierarchyStep};
use laneway_core::store::DocumentKey;
use laneway_core::{FaultPoint, skips};

use super::Tables;
use crate::jsonb::Jsonb;
use crate::refusal::Refusal;
use crate::tables::{Arrays, Document, DocumentId, Ids};
use crate::triggers::fits;

impl Tables {
    pub(super) fn apply(&mut self, changes: &Changes<'_>) -> Result<(), Refusal> {
        let hierarchy_first = !skips(FaultPoint::HierarchyBeforeDocuments);
        for step in changes.hierarchy() {
            match step {
                HierarchyStep::Insert(rows) if hierarchy_first => self.insert_hierarchy(rows)?,
                HierarchyStep::Move(update) if !skips(FaultPoint::HierarchyUpdates) => {
                    let parent = self.organization(update.parent);
                    self.model.move_organization(id(update.document), parent);
                }
                _ => {}
            }
        }
        self.insert_documents(changes)?;
        if !hierarchy_first {
            self.insert_hierarchy(&changes.hierarchy_inserts)?;
        }
        self.update_documents(changes)?;
        self.insert_aliases(changes)?;
        self.write_references(changes)?;
        self.write_securable(changes)?;
        self.refresh(changes);
        Ok(())
    }

    /// The organization of a row; `None`: no row.
    fn organization(&self, row: Option<i64>) -> Option<i64> {
        self.row_ids.iter().find(|(_, of)| Some(**of) == row).map(|(organization, _)| *organization)
    }

    fn insert_hierarchy(&mut self, rows: &[HierarchyInsert<'_>]) -> Result<(), Refusal> {
        if skips(FaultPoint::HierarchyRows) {
            return Ok(());
        }
        for insert in rows {
            let (extraction, organization) = (&insert.operation.extraction, insert.organization);
            let parent = self.organization(insert.parent);
            self.row_ids.insert(organization, insert.row);
            self.model.insert_organization_under(extraction, organization, parent, id(insert.document))?;
        }
        Ok(())
    }

    fn insert_documents(&mut self, changes: &Changes<'_>) -> Result<(), Refusal> {
        let rows = changes.inserts.iter().map(|write| Ok((id(write.key), row(write, write.is_replaced)?)));
        for (id, document) in rows.collect::<Result<Vec<_>, Refusal>>()? {
            self.model.insert_document(id, document)?;
        }
        changes.inserts.iter().try_for_each(|write| self.model.inserted(id(write.key)))
    }

    fn update_documents(&mut self, changes: &Changes<'_>) -> Result<(), Refusal> {
        let rows = changes.updates.iter().map(|write| Ok((id(write.key), row(write, true)?)));
        let mut old = Vec::new();
        for (id, document) in rows.collect::<Result<Vec<_>, Refusal>>()? {
            old.extend(self.model.documents.insert(id, document).map(|old| (id, old.body)));
        }
        old.into_iter().try_for_each(|(id, body)| self.model.updated(id, &body))
    }

    fn insert_aliases(&mut self, changes: &Changes<'_>) -> Result<(), Refusal> {
        for alias in &changes.aliases {
            self.alias_ids.insert(alias.referential_id, alias.id);
            if self.model.aliases.insert(alias.referential_id, id(alias.document)).is_some() {
                return Err(Refusal::Unique);
            }
        }
        Ok(())
    }

    fn write_references(&mut self, changes: &Changes<'_>) -> Result<(), Refusal> {
        let of_alias = |alias: i64| self.alias_ids.iter().find(|(_, id)| **id == alias).map(|(id, _)| *id);
        let rows = |rows: &[laneway_core::changes::ReferenceRow]| -> Vec<_> {
            rows.iter().filter_map(|row| Some((id(row.parent), of_alias(row.alias.id)?))).collect()
        };
        let (added, kept) = (rows(&changes.references), rows(&changes.reference_sets));
        let replaced: Vec<DocumentId> = changes.updates.iter().map(|write| id(write.key)).collect();
        let references = &mut self.model.references;
        if !skips(FaultPoint::References) && !added.into_iter().all(|row| references.insert(row)) {
            return Err(Refusal::Unique);
        }
        if !skips(FaultPoint::ReferencesRemoved) {
            references.retain(|row| !replaced.contains(&row.0) || kept.contains(row));
        }
        if !skips(FaultPoint::ReferencesAdded) {
            references.extend(kept);
        }
        Ok(())
    }

    fn write_securable(&mut self, changes: &Changes<'_>) -> Result<(), Refusal> {
        for (kind, rows) in changes.securable_inserts.iter().filter(|_| !skips(FaultPoint::SecurableRows)) {
            for row in rows {
                let person = fits(Some(row.person))?;
                self.model.securable.entry(*kind).or_default().insert(id(row.document), person);
            }
        }
        for (kind, rows) in changes.securable_updates.iter().filter(|_| !skips(FaultPoint::SecurableUpdates)) {
            for row in rows {
                let stored = self.model.securable.get_mut(kind).and_then(|rows| rows.get_mut(&id(row.document)));
                if let Some(stored) = stored {
                    *stored = fits(Some(row.person))?;
                }
            }
        }
        Ok(())
    }

    fn refresh(&mut self, changes: &Changes<'_>) {
        let model = &mut self.model;
        for row in changes.student_refreshes.iter().filter(|_| !skips(FaultPoint::StudentRefresh)) {
            let (school, responsibility) = (model.school_union(row.person), model.responsibility_union(row.person));
            model.set_array([id(row.document)], |arrays| &mut arrays.school, &school);
            model.set_array([id(row.document)], |arrays| &mut arrays.responsibility, &responsibility);
        }
        for row in changes.contact_refreshes.iter().filter(|_| !skips(FaultPoint::ContactRefresh)) {
            let union = model.contact_union(row.person);
            model.set_array([id(row.document)], |arrays| &mut arrays.contact, &union);
        }
        for refresh in changes.staff_refreshes.iter().filter(|_| !skips(FaultPoint::StaffRefresh)) {
            let ids = match refresh.association {
                None => model.staff_union(refresh.row.person),
                Some(association) => {
                    model.staff_rows.iter().find(|row| row.association == id(association)).map(|row| row.ids.clone())
                }
            };
            model.set_array([id(refresh.row.document)], |arrays| &mut arrays.staff, &ids);
        }
    }
}

fn id(key: DocumentKey) -> DocumentId {
    key.id.unsigned_abs()
}

fn row(write: &DocumentWrite<'_>, touched: bool) -> Result<Document, Refusal> {
    Ok(Document { touched, ..Document::of(write.operation, write.uuid, arrays(&write.arrays)?)? })
}

fn arrays(texts: &DocumentArrays<'_>) -> Result<Arrays, Refusal> {
    Ok(Arrays {
        school: ids(texts.student)?,
        responsibility: ids(texts.responsibility)?,
        contact: ids(texts.contact)?,
        staff: ids(texts.staff)?,
    })
}

fn ids(text: Option<&str>) -> Result<Option<Ids>, Refusal> {
    let Some(Jsonb::Array(items)) = text.map(|text| Jsonb::parse(text.as_bytes())).transpose()? else {
        return Ok(None);
    };
    Ok(Some(items.iter().filter_map(Jsonb::string).map(str::to_owned).collect()))
}
