//! A store's tables as others might have made them: columns in another order, one more with a default, and no
//! key, index or trigger. Only writes SQL.

/// The statements that make the tables of `catalog` (the recorded catalog file: kind, table, name, facts), their
/// columns backwards, with a foreign column, partitions, and nothing else.
///
/// # Panics
/// When `catalog` is written otherwise.
#[must_use]
pub fn tables_by_hand(catalog: &str) -> String {
    let mut tables: Vec<(&str, Vec<String>)> = Vec::new();
    for line in catalog.lines().skip(1) {
        let [kind, table, name, facts] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        if kind != "column" {
            continue;
        }
        if tables.last().is_none_or(|(last, _)| *last != table) {
            tables.push((table, Vec::new()));
        }
        let facts = facts.replace("identity always", "GENERATED ALWAYS AS IDENTITY");
        if let Some((_, columns)) = tables.last_mut() {
            columns.push(format!("{name} {facts}"));
        }
    }
    let mut statements = "CREATE SCHEMA dms;".to_owned();
    for (table, mut columns) in tables {
        columns.reverse();
        columns.insert(1, "tenant text NOT NULL DEFAULT 'us'".to_owned());
        let key = match table {
            "document" => Some("documentpartitionkey"),
            "alias" => Some("referentialpartitionkey"),
            "reference" => Some("parentdocumentpartitionkey"),
            _ => None,
        };
        let partitioned = key.map_or(String::new(), |key| format!("PARTITION BY LIST ({key})"));
        statements.push_str(&format!("CREATE TABLE dms.{table} ({}) {partitioned};", columns.join(", ")));
        for k in 0..if key.is_some() { 16 } else { 0 } {
            statements
                .push_str(&format!("CREATE TABLE dms.{table}_{k:02} PARTITION OF dms.{table} FOR VALUES IN ({k});"));
        }
    }
    statements
}
