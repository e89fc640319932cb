//! What is worth knowing of a store, from what was read of it. Pure.

use serde::Serialize;

use super::expected::{ExpectedObject, expected_objects};
use super::facts::{Objects, Server, StoredObject, TableSize};
use crate::layout::Release;

/// How much a finding matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; nothing has to be done.
    Note,
    /// The store works, slower or with less safety than it could.
    Warning,
    /// The store cannot be written to, or its content becomes wrong.
    Problem,
}

impl Severity {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// Something about a store, and what to do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// What it is about: layout, rights, pooler, indexes, triggers, statistics, settings, locks, replication, size.
    pub area: &'static str,
    /// What was found.
    pub what: String,
    /// What to do.
    pub next: String,
}

impl Finding {
    pub(super) fn problem(area: &'static str, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { severity: Severity::Problem, area, what: what.into(), next: next.into() }
    }

    pub(super) fn warning(area: &'static str, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, area, what: what.into(), next: next.into() }
    }

    fn note(area: &'static str, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { severity: Severity::Note, area, what: what.into(), next: next.into() }
    }
}

/// The tables that carry the store's own triggers, and what is missing without them.
const TRIGGERED: [(&str, &str); 3] = [
    ("document", "associations get no authorization rows, and documents no authorization arrays"),
    ("educationorganizationhierarchy", "organizations are missing from the lookup of those above them"),
    ("contactstudentschoolauthorization", "contacts keep what an association that was deleted gave them"),
];

/// Keys, indexes and triggers.
pub(super) fn of_objects(objects: &Objects, release: Release) -> Vec<Finding> {
    let mut findings = Vec::new();
    // What is there of an older release, deploying leaves as it is.
    let by_deploying = if release == Release::DEPLOYED { "laneway deploy, or: " } else { "" };
    for expected in expected_objects(release) {
        findings.extend(missing(&expected, objects, by_deploying));
    }
    for object in objects.indexes.iter().filter(|index| !index.is_valid) {
        let what = format!("index {} of {} is not valid: it is kept up, and not used", object.name, object.table);
        findings.push(Finding::warning("indexes", what, format!("REINDEX INDEX dms.{}", object.name)));
    }
    for object in objects.constraints.iter().filter(|constraint| !constraint.is_valid) {
        let what = format!("constraint {} of {} was not checked for older rows", object.name, object.table);
        let next = format!("ALTER TABLE dms.{} VALIDATE CONSTRAINT {}", object.table, object.name);
        findings.push(Finding::warning("indexes", what, next));
    }
    for (table, without) in TRIGGERED {
        if !objects.triggers.iter().any(|trigger| trigger.table == table) {
            let next = "Let the service deploy its triggers; where no table has any, laneway deploy adds its own. Then: \
                        laneway store check";
            findings.push(Finding::problem("triggers", format!("{table} has no trigger: {without}"), next));
        }
    }
    for trigger in objects.triggers.iter().filter(|trigger| !trigger.is_enabled) {
        let what = format!("trigger {} of {} is switched off", trigger.name, trigger.table);
        let next = format!(
            "ALTER TABLE dms.{} ENABLE TRIGGER {}; then laneway store check, for what it has missed",
            trigger.table, trigger.name
        );
        findings.push(Finding::problem("triggers", what, next));
    }
    findings
}

/// By its name, or by what it says under another one.
fn missing(expected: &ExpectedObject, objects: &Objects, by_deploying: &str) -> Option<Finding> {
    let ExpectedObject { is_index, table, name, definition } = expected;
    let stands_for =
        |found: &StoredObject| found.table == *table && (found.name == *name || found.definition == *definition);
    if *is_index {
        let unique = if name.starts_with("ux_") { "UNIQUE " } else { "" };
        return (!objects.indexes.iter().any(stands_for)).then(|| {
            let next = format!("{by_deploying}CREATE {unique}INDEX {name} ON dms.{table} USING {definition}");
            Finding::warning("indexes", format!("index {name} of {table} is missing"), next)
        });
    }
    let is_primary = definition.starts_with("PRIMARY KEY");
    let has_any_primary = || {
        is_primary
            && objects.constraints.iter().any(|of| of.table == *table && of.definition.starts_with("PRIMARY KEY"))
    };
    (!objects.constraints.iter().any(stands_for) && !has_any_primary()).then(|| {
        let next = format!("{by_deploying}ALTER TABLE dms.{table} ADD CONSTRAINT {name} {definition}");
        Finding::problem("indexes", format!("constraint {name} of {table} is missing"), next)
    })
}

/// An index that the store's own statements need, and that no version of the DMS deploys: table, column, and what reads all of the
/// table without it.
const UNINDEXED: (&str, &str, &str) = (
    "staffsecurabledocument",
    "staffuniqueid",
    "the trigger of each staff association that is stored, moved or removed",
);
/// Of a table with fewer rows a scan takes about as long as the rest of such an upsert.
const SCANNED_MIN: u64 = 10_000;

/// What grows slower with each row, and need not.
pub(super) fn of_growth(objects: &Objects, tables: &[TableSize]) -> Option<Finding> {
    let (table, column, reader) = UNINDEXED;
    let by_column = format!("btree ({column}");
    if objects.indexes.iter().any(|index| index.table == table && index.definition.contains(&by_column)) {
        return None;
    }
    let rows = tables.iter().find(|size| size.name == table).map_or(0, |size| size.rows);
    let what = format!("{table} has no index by {column}: {reader} reads all of it, {rows} rows");
    let next = format!("CREATE INDEX CONCURRENTLY ix_{table}_{column} ON dms.{table} ({column})");
    Some(if rows < SCANNED_MIN {
        Finding::note("indexes", what, next)
    } else {
        Finding::warning("indexes", what, next)
    })
}

/// Relation locks of one flush over all partitions, beside its advisory locks: measured.
const RELATION_LOCKS: u64 = 300;
/// Flushes that should find room at a time, at least.
const FLUSHES_MIN: u64 = 16;

/// Settings, locks, statistics and replication; `locks_per_flush` are the advisory locks that a flush may ask for.
pub(super) fn of_server(server: &Server, locks_per_flush: u64) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, bad, what) in [
        ("fsync", "off", "a crash of the machine can destroy the database"),
        ("full_page_writes", "off", "a crash of the machine can destroy pages of the database"),
        ("autovacuum", "off", "dead rows and old transaction ids are not removed"),
    ] {
        if server.setting(name) == bad {
            let next = format!("ALTER SYSTEM RESET {name}; SELECT pg_reload_conf()");
            findings.push(Finding::problem("settings", format!("{name} is {bad}: {what}"), next));
        }
    }
    if server.setting("default_transaction_read_only") == "on" {
        let next = format!("ALTER ROLE {} SET default_transaction_read_only = off", server.role);
        findings.push(Finding::problem("settings", "transactions of the role are read-only", next));
    }
    if server.setting("session_replication_role") == "replica" {
        let next = format!("ALTER ROLE {} RESET session_replication_role; then laneway store check", server.role);
        findings.push(Finding::problem("settings", "triggers and foreign keys are switched off for the role", next));
    }
    if server.setting("synchronous_commit") == "off" {
        let what = "synchronous_commit is off: a crash loses what was reported as stored within the last half second";
        findings.push(Finding::warning(
            "settings",
            what,
            "ALTER DATABASE … SET synchronous_commit = on, unless that is meant",
        ));
    }
    if server.setting("server_encoding") != "UTF8" {
        let what = format!("the database's encoding is {}", server.setting("server_encoding"));
        findings.push(Finding::problem("settings", what, "Move the store to a database with the encoding UTF8"));
    }
    findings.push(of_locks(server, locks_per_flush));
    if server.ungathered > 0 {
        let what = format!("{} partitions of document have no statistics of their key", server.ungathered);
        let next = "ANALYZE dms.document. Laneway gathers them itself where its role may";
        findings.push(Finding::note("statistics", what, next));
    }
    findings.extend(of_replication(server));
    findings
}

fn of_locks(server: &Server, locks_per_flush: u64) -> Finding {
    let a_flush = RELATION_LOCKS + locks_per_flush;
    let flushes = server.locks_max() / a_flush;
    let what = format!(
        "the lock table holds {} objects: {flushes} flushes of {a_flush} locks at most (16 partitioned tables' and {locks_per_flush} persons')",
        server.locks_max()
    );
    if flushes < FLUSHES_MIN {
        let next =
            "Raise max_locks_per_transaction (256, say; takes a restart), or batches become smaller when it is full";
        return Finding::warning("locks", what, next);
    }
    Finding::note("locks", what, "Nothing")
}

fn of_replication(server: &Server) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lacking: Vec<&str> = ["document", "educationorganizationhierarchytermslookup"]
        .into_iter()
        .filter(|table| !server.published.iter().any(|published| published == table))
        .collect();
    if server.published.is_empty() {
        let next = "Nothing, unless changes are captured: then laneway deploy, or let the service deploy it";
        findings.push(Finding::note("replication", "there is no publication to_debezium", next));
    } else if !lacking.is_empty() {
        let what = format!("publication to_debezium lacks {}", lacking.join(" and "));
        let next = format!("ALTER PUBLICATION to_debezium ADD TABLE dms.{}", lacking.join(", dms."));
        findings.push(Finding::warning("replication", what, next));
    }
    if !server.published.is_empty() && !server.not_full.is_empty() {
        let what = format!("published without the whole old row: {}", server.not_full.join(", "));
        let next =
            "laneway deploy, or ALTER TABLE … REPLICA IDENTITY FULL for each; an update of the lookup fails otherwise";
        findings.push(Finding::problem("replication", what, next));
    }
    if !server.published.is_empty() && server.setting("wal_level") != "logical" {
        let next = "Nothing, unless changes are captured: then ALTER SYSTEM SET wal_level = logical (takes a restart)";
        findings.push(Finding::note("replication", "wal_level is not logical: the publication is of no use yet", next));
    }
    for slot in server.slots.iter().filter(|slot| !slot.is_active) {
        let kept =
            slot.kept_bytes.map_or(String::new(), |bytes| format!("; {} MiB of WAL are kept for it", bytes >> 20));
        let what = format!("no one reads from replication slot {}{kept}", slot.name);
        let next = format!("Start its reader, or: SELECT pg_drop_replication_slot('{}')", slot.name);
        findings.push(Finding::warning("replication", what, next));
    }
    findings
}

/// Rows that no one sees any more, beside those that are there.
const DEAD_PART_MAX: f64 = 0.3;
/// Of smaller tables no one minds.
const DEAD_MIN: u64 = 10_000;

pub(super) fn of_sizes(tables: &[TableSize]) -> Vec<Finding> {
    let is_bloated =
        |table: &&TableSize| table.dead >= DEAD_MIN && table.dead as f64 > DEAD_PART_MAX * table.rows.max(1) as f64;
    let finding = |table: &TableSize| {
        let when = table.vacuumed.as_deref().unwrap_or("never");
        let what =
            format!("{} has {} dead rows beside {} live ones (vacuumed: {when})", table.name, table.dead, table.rows);
        Finding::warning("size", what, format!("VACUUM (ANALYZE) dms.{}", table.name))
    };
    tables.iter().filter(is_bloated).map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::facts::{Slot, StoredTrigger};

    /// Everything that is expected, under the names that it is expected by.
    fn complete(release: Release) -> Objects {
        let mut objects = Objects::default();
        for ExpectedObject { is_index, table, name, definition } in expected_objects(release) {
            let all = if is_index { &mut objects.indexes } else { &mut objects.constraints };
            all.push(StoredObject { table, name, definition, is_valid: true });
        }
        for (table, _) in TRIGGERED {
            objects.triggers.push(StoredTrigger { table: table.to_owned(), name: "t".to_owned(), is_enabled: true });
        }
        objects
    }

    #[test]
    fn a_complete_store_has_no_findings() {
        for release in Release::ALL {
            assert_eq!(of_objects(&complete(release), release), []);
            let mut renamed = complete(release);
            renamed.indexes.iter_mut().for_each(|index| index.name.push_str("_by_hand"));
            assert_eq!(of_objects(&renamed, release), []);
        }
    }

    #[test]
    fn each_object_is_missed() {
        let every = |release| (0..expected_objects(release).len()).map(move |at| (release, at));
        for (release, at) in Release::ALL.into_iter().flat_map(every) {
            let mut objects = complete(release);
            let count = objects.constraints.len();
            let gone = if at < count { objects.constraints.remove(at) } else { objects.indexes.remove(at - count) };
            // Two indexes of the store say the same under two names: one of them is enough.
            let is_twice = objects.indexes.iter().any(|of| of.table == gone.table && of.definition == gone.definition);
            let findings = of_objects(&objects, release);
            assert_eq!(findings.len(), usize::from(!is_twice), "{gone:?}: {findings:?}");
            assert!(
                findings
                    .iter()
                    .all(|finding| finding.what.contains(&gone.name) && finding.next.contains(&gone.definition))
            );
        }
    }

    #[test]
    fn what_is_off_is_named_with_its_remedy() {
        let mut objects = complete(Release::V0_7);
        objects.triggers[0].is_enabled = false;
        objects.indexes[0].is_valid = false;
        objects.triggers.remove(2);
        let found: Vec<&str> = of_objects(&objects, Release::V0_7).iter().map(|finding| finding.area).collect();
        assert_eq!(found, ["indexes", "triggers", "triggers"]);
    }

    #[test]
    fn an_index_that_no_version_deploys_is_asked_for_where_its_table_is_large() {
        let (table, column, _) = UNINDEXED;
        let of_rows = |rows| [TableSize { name: table.to_owned(), rows, ..TableSize::default() }];
        let severity = |objects: &Objects, rows| of_growth(objects, &of_rows(rows)).map(|finding| finding.severity);
        let mut objects = complete(Release::V0_7);
        assert_eq!(severity(&objects, SCANNED_MIN - 1), Some(Severity::Note));
        assert_eq!(severity(&objects, SCANNED_MIN), Some(Severity::Warning));
        let definition = format!("btree ({column}, id)");
        objects.indexes.push(StoredObject { table: table.to_owned(), name: "mine".into(), definition, is_valid: true });
        assert_eq!(severity(&objects, SCANNED_MIN), None);
    }

    #[test]
    fn settings_and_slots_are_judged() {
        let settings = [
            ("fsync", "off"),
            ("max_connections", "20"),
            ("max_locks_per_transaction", "64"),
            ("server_encoding", "UTF8"),
            ("synchronous_commit", "off"),
            ("wal_level", "replica"),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let slots = vec![Slot { name: "s".to_owned(), is_active: false, kept_bytes: Some(5 << 20) }];
        let server = Server { settings, slots, published: vec!["document".to_owned()], ..Server::default() };
        let found: Vec<(Severity, &str)> =
            of_server(&server, 512).iter().map(|finding| (finding.severity, finding.area)).collect();
        let expected = [
            (Severity::Problem, "settings"),
            (Severity::Warning, "settings"),
            (Severity::Warning, "locks"),
            (Severity::Warning, "replication"),
            (Severity::Note, "replication"),
            (Severity::Warning, "replication"),
        ];
        assert_eq!(found, expected);
    }
}
