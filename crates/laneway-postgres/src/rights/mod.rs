//! The rights that a role needs to write to a store: one table, from which both the statements that grant them and the check at
//! opening are made. Asks no database; `check.rs` does.

pub(crate) mod check;

use std::collections::BTreeMap;
use std::fmt;

/// What a role needs on each table: what the flush's statements do and what the triggers do, which run as the caller. What
/// foreign keys check and cascade runs as the tables' owner.
const TABLES: &[(&str, &[&str])] = &[
    ("document", &["SELECT", "INSERT", "UPDATE"]),
    // UPDATE: PostgreSQL asks for it where rows are locked (`lock_references.sql`).
    ("alias", &["SELECT", "INSERT", "UPDATE"]),
    ("reference", &["SELECT", "INSERT", "DELETE"]),
    ("educationorganizationhierarchy", &["SELECT", "INSERT", "UPDATE"]),
    ("educationorganizationhierarchytermslookup", &["SELECT", "INSERT", "UPDATE"]),
    ("studentschoolassociationauthorization", &["SELECT", "INSERT", "UPDATE"]),
    ("studenteducationorganizationresponsibilityauthorization", &["SELECT", "INSERT", "UPDATE"]),
    ("staffeducationorganizationauthorization", &["SELECT", "INSERT", "UPDATE"]),
    ("studentcontactrelation", &["SELECT", "INSERT"]),
    ("contactstudentschoolauthorization", &["SELECT", "INSERT", "UPDATE"]),
    ("studentsecurabledocument", &["SELECT", "INSERT", "UPDATE"]),
    ("contactsecurabledocument", &["SELECT", "INSERT", "UPDATE"]),
    ("staffsecurabledocument", &["SELECT", "INSERT", "UPDATE"]),
];

/// The tables whose ids are drawn ahead of the insert. An insert that leaves the id to its column needs no right for it.
const SEQUENCES: &[&str] = &["document", "alias", "educationorganizationhierarchy"];

/// PostgreSQL's functions that a flush calls beside those that lock ([`crate::Isolation`]). Everybody may call them, unless that
/// was revoked.
const FUNCTIONS: &[&str] = &["pg_catalog.pg_current_xact_id()", "pg_catalog.pg_xact_status(xid8)"];

/// One thing that a role may not do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Lacking {
    /// `TABLE`, `SEQUENCE`, `FUNCTION`, `SCHEMA`; `ROW SECURITY` for a table whose rows a policy may hide.
    pub(crate) kind: String,
    /// Qualified and quoted.
    pub(crate) object: String,
    pub(crate) privilege: String,
}

/// The statements that give `role` every right that writing to a store needs, and no other. Sequences are named as PostgreSQL
/// names those of identity columns. The right to connect, and to call functions, is everybody's unless it was revoked; the
/// store's functions are granted all the same.
#[must_use]
pub fn grants(role: &str) -> Vec<String> {
    let role = quoted(role);
    let mut statements = vec![format!("GRANT USAGE ON SCHEMA dms TO {role};")];
    for (table, privileges) in TABLES {
        statements.push(format!("GRANT {} ON TABLE dms.{table} TO {role};", privileges.join(", ")));
    }
    statements.extend(SEQUENCES.iter().map(|table| format!("GRANT USAGE ON SEQUENCE dms.{table}_id_seq TO {role};")));
    statements.push(format!("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA dms TO {role};"));
    statements
}

/// A role and what it lacks, with the statements that mend it.
#[derive(Debug)]
pub(crate) struct Shortfall {
    pub(crate) role: String,
    pub(crate) lacking: Vec<Lacking>,
}

impl Shortfall {
    /// The statements, one an object, in the order in which the objects were found.
    fn statements(&self) -> Vec<String> {
        let role = quoted(&self.role);
        let mut order = Vec::new();
        let mut privileges: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
        for Lacking { kind, object, privilege } in self.lacking.iter().filter(|lacking| !lacking.is_row_security()) {
            let of = privileges.entry((kind.as_str(), object.as_str())).or_insert_with(|| {
                order.push((kind, object));
                Vec::new()
            });
            of.push(privilege);
        }
        let grant = |(kind, object): &(&String, &String)| {
            let privileges = &privileges[&(kind.as_str(), object.as_str())];
            format!("GRANT {} ON {kind} {object} TO {role}", privileges.join(", "))
        };
        let mut statements: Vec<String> = order.iter().map(grant).collect();
        if self.lacking.iter().any(Lacking::is_row_security) {
            statements.push(format!("ALTER ROLE {role} BYPASSRLS"));
        }
        statements
    }
}

impl Lacking {
    fn is_row_security(&self) -> bool {
        self.kind == "ROW SECURITY"
    }
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden: Vec<&str> =
            self.lacking.iter().filter(|lacking| lacking.is_row_security()).map(|lacking| &*lacking.object).collect();
        write!(f, "role {} lacks rights", self.role)?;
        if !hidden.is_empty() {
            write!(f, " (row-level security may hide rows of {} from it)", hidden.join(", "))?;
        }
        write!(f, "; let the tables' owner run: {}", self.statements().join("; "))
    }
}

/// As an identifier, whatever it holds.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lacking(kind: &str, object: &str, privilege: &str) -> Lacking {
        Lacking { kind: kind.to_owned(), object: object.to_owned(), privilege: privilege.to_owned() }
    }

    #[test]
    fn what_is_lacking_is_granted_by_one_statement_an_object() {
        let shortfall = Shortfall {
            role: "an \"app\"".to_owned(),
            lacking: vec![
                lacking("TABLE", "dms.reference", "INSERT"),
                lacking("TABLE", "dms.alias", "SELECT"),
                lacking("TABLE", "dms.reference", "DELETE"),
                lacking("ROW SECURITY", "dms.document", ""),
            ],
        };
        assert_eq!(
            shortfall.to_string(),
            "role an \"app\" lacks rights (row-level security may hide rows of dms.document from it); let the tables' \
             owner run: GRANT INSERT, DELETE ON TABLE dms.reference TO \"an \"\"app\"\"\"; \
             GRANT SELECT ON TABLE dms.alias TO \"an \"\"app\"\"\"; ALTER ROLE \"an \"\"app\"\"\" BYPASSRLS"
        );
    }

    #[test]
    fn every_table_with_a_sequence_that_is_drawn_from_is_inserted_into() {
        for table in SEQUENCES {
            assert!(TABLES.iter().any(|(name, privileges)| name == table && privileges.contains(&"INSERT")), "{table}");
        }
    }
}
