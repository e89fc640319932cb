//! What the model holds, in the words in which a store's content is compared: a line a row, without accidental parts.

use std::collections::BTreeMap;

use laneway_model::DocumentUuid;

use crate::tables::{DocumentId, Ids, Model};

/// A table's name and a row of it, as `canonical-store.sql` writes them.
pub type Line = (String, String);

/// What the lines leave out of a document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DocumentContent {
    /// Its id.
    pub uuid: DocumentUuid,
    /// The whole body as the server prints it.
    pub body: String,
    /// The trace id of the last write.
    pub trace_id: String,
    /// The partition that it is in.
    pub partition_key: i16,
    /// Whether it was written again after its insert.
    pub touched: bool,
}

impl Model {
    /// The documents, by id.
    #[must_use]
    pub fn documents(&self) -> Vec<DocumentContent> {
        let content = |document: &crate::tables::Document| DocumentContent {
            uuid: document.uuid,
            body: document.body.to_string(),
            trace_id: document.trace_id.to_string(),
            partition_key: document.uuid.partition().get(),
            touched: document.touched,
        };
        let mut documents: Vec<DocumentContent> = self.documents.values().map(content).collect();
        documents.sort_by_key(|document| document.uuid);
        documents
    }

    /// The canonical lines of all tables, sorted.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        let names = self.names();
        let mut lines = Vec::new();
        self.document_lines(&names, &mut lines);
        self.alias_lines(&names, &mut lines);
        self.hierarchy_lines(&names, &mut lines);
        self.association_lines(&names, &mut lines);
        self.securable_lines(&names, &mut lines);
        lines.sort_unstable();
        lines
    }

    /// A document goes by its aliases, the smaller first.
    fn names(&self) -> BTreeMap<DocumentId, String> {
        let mut names: BTreeMap<DocumentId, Vec<String>> = BTreeMap::new();
        for (referential_id, document) in &self.aliases {
            names.entry(*document).or_default().push(referential_id.0.to_string());
        }
        names.into_iter().map(|(document, names)| (document, names.join("+"))).collect()
    }

    fn document_lines(&self, names: &BTreeMap<DocumentId, String>, lines: &mut Vec<Line>) {
        for (id, document) in &self.documents {
            let name = names.get(id);
            let body = document.body.without(&["id", "_etag", "_lastModifiedDate"]).to_string();
            let is_descriptor = if document.is_descriptor { "t" } else { "f" };
            let security = document.security.to_string();
            let (project, resource) = (&*document.project_name, &*document.resource_name);
            let fields = [project, resource, &document.version, is_descriptor, &body, &security];
            lines.push(line("document", name.into_iter().map(String::as_str).chain(fields)));
            let arrays = &document.arrays;
            let three = [&arrays.school, &arrays.responsibility, &arrays.contact].map(|array| set(array.as_ref()));
            lines.push(line("document_authorization_arrays", name.into_iter().chain(&three)));
            lines.push(line("document_staff_arrays", name.into_iter().chain([&set(arrays.staff.as_ref())])));
        }
    }

    fn alias_lines(&self, names: &BTreeMap<DocumentId, String>, lines: &mut Vec<Line>) {
        for (id, document) in &self.aliases {
            lines.push(line("alias", [&id.0.to_string(), &id.partition().get().to_string(), &names[document]]));
        }
        for (from, to) in &self.references {
            let (id, partition) = (to.0.to_string(), to.partition().get().to_string());
            lines.push(line("reference", [&names[from], &id, &partition, &names[&self.aliases[to]]]));
        }
    }

    fn hierarchy_lines(&self, names: &BTreeMap<DocumentId, String>, lines: &mut Vec<Line>) {
        for (id, row) in &self.hierarchy {
            let parent = row.parent.map_or_else(|| "null".to_owned(), |parent| parent.to_string());
            let (id, name) = (id.to_string(), names.get(&row.document).map(String::as_str));
            let fields = [&*row.project_name, &*row.resource_name, &id, &parent];
            lines.push(line("education_organization_hierarchy", fields.into_iter().chain(name)));
            let mut terms: Vec<String> = row.terms.iter().map(i64::to_string).collect();
            terms.sort_unstable();
            lines.push(line("hierarchy_terms_lookup", [&id, &format!("[{}]", terms.join(","))]));
        }
    }

    fn association_lines(&self, names: &BTreeMap<DocumentId, String>, lines: &mut Vec<Line>) {
        let granted = |table, person: &str, organization: i64, ids: &Ids, association| {
            line(table, [person, &organization.to_string(), &set(Some(ids)), &names[&association]])
        };
        let students = [
            ("student_school_association_authorization", &self.school_rows),
            ("student_responsibility_authorization", &self.responsibility_rows),
        ];
        for (table, rows) in students {
            lines.extend(rows.iter().map(|r| granted(table, &r.student, r.organization, &r.ids, r.association)));
        }
        let staff = &self.staff_rows;
        lines.extend(
            staff.iter().map(|r| granted("staff_authorization", &r.staff, r.organization, &r.ids, r.association)),
        );
        let relation = |r: &crate::tables::Relation| {
            line("student_contact_relation", [&r.student, &r.contact, &names[&r.association]])
        };
        lines.extend(self.relations.iter().map(relation));
        lines.extend(self.contact_rows.iter().map(|r| {
            let (of_contact, of_school) = (&names[&r.contact_association], &names[&r.school_association]);
            line("contact_authorization", [&r.contact, &r.student, &set(Some(&r.ids)), of_contact, of_school])
        }));
    }

    fn securable_lines(&self, names: &BTreeMap<DocumentId, String>, lines: &mut Vec<Line>) {
        for (kind, rows) in &self.securable {
            let table = match kind {
                laneway_model::PersonKind::Student => "student_securable_document",
                laneway_model::PersonKind::Staff => "staff_securable_document",
                laneway_model::PersonKind::Contact => "contact_securable_document",
            };
            lines.extend(rows.iter().map(|(document, person)| line(table, [person, &names[document]])));
        }
    }
}

fn line<'a, T: AsRef<str> + ?Sized + 'a>(table: &str, fields: impl IntoIterator<Item = &'a T>) -> Line {
    let fields: Vec<&str> = fields.into_iter().map(AsRef::as_ref).collect();
    (table.to_owned(), fields.join("\t"))
}

fn set(ids: Option<&Ids>) -> String {
    let list = |ids: &Ids| format!("[{}]", ids.iter().map(String::as_str).collect::<Vec<_>>().join(","));
    ids.map_or_else(|| "null".to_owned(), list)
}
