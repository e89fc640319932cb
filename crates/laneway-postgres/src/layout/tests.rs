//! Layouts recognised in catalogs made by hand.

use super::*;

fn store(release: Release) -> Catalog {
    let mut catalog = Catalog::default();
    for of in expected(release) {
        let column = Column { type_name: of.type_name.to_owned(), required: true, filled: of.is_filled };
        catalog.tables.entry(of.table.to_owned()).or_default().columns.insert(of.column.to_owned(), column);
    }
    for name in PARTITIONED {
        let table = catalog.tables.get_mut(name).unwrap();
        table.partitioning = Some(strategy(release).to_owned());
        table.partitions = (0..16).map(|number| bounds(release, number)).collect();
    }
    catalog
}

fn column(catalog: &mut Catalog, table: &str, name: &str, required: bool, filled: bool) {
    let column = Column { type_name: "text".to_owned(), required, filled };
    catalog.tables.get_mut(table).unwrap().columns.insert(name.to_owned(), column);
}

#[track_caller]
fn found(catalog: &Catalog, expected: &str) {
    match Layout::of(catalog) {
        Layout::Unknown { found } => assert!(found.contains(expected), "{found}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_catalog_without_anything_is_empty() {
    assert_eq!(Layout::of(&Catalog::default()), Layout::Empty);
}

#[test]
fn further_tables_columns_and_functions_do_no_harm() {
    for release in Release::ALL {
        let mut catalog = store(release);
        assert_eq!(Layout::of(&catalog), Layout::Document(release));
        column(&mut catalog, "document", "note", true, true);
        column(&mut catalog, "document", "remark", false, false);
        catalog.tables.insert("openiddictapplication".to_owned(), Table::default());
        catalog.functions.push("anything".to_owned());
        assert_eq!(Layout::of(&catalog), Layout::Document(release));
    }
}

#[test]
fn a_further_column_without_default_is_refused() {
    for release in Release::ALL {
        let mut catalog = store(release);
        column(&mut catalog, "alias", "tenant", true, false);
        found(&catalog, "table alias with a column tenant");
    }
}

#[test]
fn relational_stores_are_recognised() {
    let mut catalog = Catalog::default();
    for name in ["Descriptor", "Document", "DocumentCache", "EffectiveSchema", "ReferentialIdentity", "ResourceKey"] {
        catalog.tables.insert(name.to_owned(), Table::default());
    }
    assert_eq!(Layout::of(&catalog), Layout::Relational);
    catalog.tables.remove("ReferentialIdentity");
    found(&catalog, "table Descriptor, table Document");

    let mut both = store(Release::V0_7);
    for name in ["Document", "ReferentialIdentity", "ResourceKey"] {
        both.tables.insert(name.to_owned(), Table::default());
    }
    assert_eq!(Layout::of(&both), Layout::Document(Release::V0_7), "a document store that is being moved is still one");
}

#[test]
fn a_mixture_of_layouts_is_unknown() {
    let mut catalog = store(Release::V0_6);
    column(&mut catalog, "reference", "aliasid", true, false);
    found(&catalog, "aliasid of type text instead of bigint; expected are the tables of DMS 0.7");

    let mut catalog = store(Release::V0_7);
    catalog.tables.get_mut("alias").unwrap().partitioning = Some("h".to_owned());
    found(&catalog, "table alias that is partitioned by hash into 16; expected are the tables of DMS 0.7");

    let mut catalog = store(Release::V0_6);
    catalog.tables.get_mut("document").unwrap().partitioning = Some("l".to_owned());
    found(&catalog, "table document that is partitioned by list into 16; expected are the tables of DMS 0.6");
}

/// As far as its scripts tell: 0.5 had no table for responsibility yet.
#[test]
fn a_store_before_0_6_is_unknown_and_what_it_lacks_is_named() {
    let mut catalog = store(Release::V0_6);
    catalog.tables.remove("studenteducationorganizationresponsibilityauthorization");
    let lacking =
        "but no table studenteducationorganizationresponsibilityauthorization; expected are the tables of DMS 0.6";
    found(&catalog, lacking);
}

#[test]
fn other_tables_and_views_are_named() {
    let mut catalog = Catalog::default();
    catalog.tables.insert("invoice".to_owned(), Table::default());
    catalog.others.push("view totals".to_owned());
    found(&catalog, "table invoice, view totals, but no table document");
}

#[test]
fn each_kind_of_difference_is_named() {
    let mut catalog = store(Release::V0_7);
    catalog.tables.remove("staffsecurabledocument");
    found(&catalog, "but no table staffsecurabledocument");

    let mut catalog = store(Release::V0_7);
    catalog.tables.get_mut("document").unwrap().columns.remove("edfidoc");
    found(&catalog, "table document without column edfidoc");

    let mut catalog = store(Release::V0_7);
    catalog.tables.get_mut("alias").unwrap().columns.get_mut("id").unwrap().filled = false;
    found(&catalog, "column alias.id without default");

    let mut catalog = store(Release::V0_7);
    catalog.tables.get_mut("reference").unwrap().partitions.remove(3);
    found(&catalog, "table reference without a partition for key 3 alone");

    let mut catalog = store(Release::V0_6);
    catalog.tables.get_mut("reference").unwrap().partitions.remove(3);
    found(&catalog, "table reference without a partition for remainder 3 of modulus 16");
}
