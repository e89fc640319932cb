//! The hierarchy of education organizations and the lookup of its terms: rows, and what their triggers do.

use std::collections::BTreeSet;

use laneway_model::{Extraction, Hierarchy, Outcome};

use crate::refusal::Refusal;
use crate::tables::{DocumentId, Ids, Model, Organization};

impl Model {
    /// The organization and all above it, from itself upwards; empty where it is not in the hierarchy.
    pub(crate) fn line(&self, organization: i64) -> Vec<i64> {
        let mut line = Vec::new();
        let mut at = Some(organization);
        while let Some((id, row)) = at.and_then(|id| Some((id, self.hierarchy.get(&id)?))) {
            line.push(id);
            // The triggers would walk it for ever.
            assert!(line.len() <= self.hierarchy.len(), "a circle of parents: {line:?}");
            at = row.parent;
        }
        line
    }

    /// As the triggers have it: an array of texts; `None`: null.
    pub(crate) fn ancestors(&self, organization: i64) -> Option<Ids> {
        let line = self.line(organization);
        (!line.is_empty()).then(|| line.iter().map(i64::to_string).collect())
    }

    /// The parent that an organization is to have: one that is there.
    fn parent_of(&self, hierarchy: Hierarchy) -> Option<i64> {
        Some(hierarchy.parent_id).filter(|parent| self.hierarchy.contains_key(parent))
    }

    /// A parent that would make a stored organization its own ancestor is refused: the triggers would walk it for ever.
    pub(crate) fn refuse_cycle(&self, hierarchy: Hierarchy) -> Result<(), Refusal> {
        let closes =
            self.hierarchy.contains_key(&hierarchy.id) && self.line(hierarchy.parent_id).contains(&hierarchy.id);
        let refused = || {
            let message = format!("organization {} would be its own ancestor", hierarchy.id);
            Refusal::Outcome(Outcome::InvalidDocument { code: "hierarchy-cycle".to_owned(), message })
        };
        if closes { Err(refused()) } else { Ok(()) }
    }

    /// A new organization's row.
    pub(crate) fn insert_organization(
        &mut self,
        extraction: &Extraction,
        hierarchy: Hierarchy,
        document: DocumentId,
    ) -> Result<(), Refusal> {
        self.insert_organization_under(extraction, hierarchy.id, self.parent_of(hierarchy), document)
    }

    /// The same under the given parent.
    pub(crate) fn insert_organization_under(
        &mut self,
        extraction: &Extraction,
        id: i64,
        parent: Option<i64>,
        document: DocumentId,
    ) -> Result<(), Refusal> {
        if self.hierarchy.contains_key(&id) {
            return Err(Refusal::Unique);
        }
        let name = &extraction.resource.name;
        let (project_name, resource_name) = (name.project_name.clone(), name.resource_name.clone());
        self.hierarchy.insert(id, Organization { project_name, resource_name, parent, document, terms: vec![id] });
        // What was below it before is not gathered.
        self.append_term(id, parent);
        Ok(())
    }

    /// A stored organization's parent, written again with its document.
    pub(crate) fn update_organization(&mut self, hierarchy: Hierarchy, document: DocumentId) {
        self.move_organization(document, self.parent_of(hierarchy));
    }

    /// The same to the given parent.
    pub(crate) fn move_organization(&mut self, document: DocumentId, parent: Option<i64>) {
        let row = self.hierarchy.iter_mut().find(|(_, row)| row.document == document);
        let Some((&id, row)) = row else { return };
        let old = std::mem::replace(&mut row.parent, parent);
        if let (Some(old), Some(new)) = (old, parent)
            && old != new
        {
            self.remove_term(id, old);
            self.append_term(id, Some(new));
        }
        self.recompute_associations(id);
    }

    fn append_term(&mut self, organization: i64, parent: Option<i64>) {
        for above in parent.map(|parent| self.line(parent)).unwrap_or_default() {
            if let Some(row) = self.hierarchy.get_mut(&above).filter(|_| above != organization) {
                row.terms.push(organization);
            }
        }
    }

    fn remove_term(&mut self, organization: i64, parent: i64) {
        for above in self.line(parent) {
            if let Some(row) = self.hierarchy.get_mut(&above).filter(|_| above != organization) {
                row.terms.retain(|term| *term != organization);
            }
        }
    }

    /// The association rows of an organization and all below it; the arrays of documents stay as they are.
    fn recompute_associations(&mut self, organization: i64) {
        let below: BTreeSet<i64> =
            self.hierarchy.keys().copied().filter(|id| self.line(*id).contains(&organization)).collect();
        for id in below {
            let Some(ids) = self.ancestors(id) else { continue };
            let students = self.school_rows.iter_mut().chain(&mut self.responsibility_rows);
            students.filter(|row| row.organization == id).for_each(|row| row.ids.clone_from(&ids));
            self.staff_rows.iter_mut().filter(|row| row.organization == id).for_each(|row| row.ids.clone_from(&ids));
        }
    }
}
