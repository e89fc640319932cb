//! What `deploy` builds, completes, leaves alone and refuses.

use std::collections::BTreeSet;

use laneway_embedded::Database;
use laneway_postgres::{
    DeployErrorKind, Layout, PostgresStore, Release, StoreOptions, deploy, deploy_as, read_catalog,
};
use laneway_postgres_tools::baseline::Baseline;
use laneway_tests::by_hand::tables_by_hand;
use laneway_tests::need;
use tokio_postgres::Client;

/// Columns, constraints and indexes as the catalog file writes them: `kind <tab> table <tab> name <tab> facts`. That a column
/// is not null is a fact of the column; from PostgreSQL 18 on it is also a constraint (`n`), which is left out.
const CATALOG: &str = "
    WITH t AS (
        SELECT c.oid, c.relname FROM pg_class c
        WHERE c.relnamespace = 'dms'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    )
    SELECT concat_ws(E'\\t', 'column', t.relname, a.attname, concat_ws(' ', format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attnotnull THEN 'not null' END, CASE a.attidentity WHEN 'a' THEN 'identity always' END,
        'default ' || pg_get_expr(d.adbin, d.adrelid)))
    FROM t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
    UNION ALL
    SELECT concat_ws(E'\\t', 'constraint', t.relname, c.conname, pg_get_constraintdef(c.oid))
    FROM t JOIN pg_constraint c ON c.conrelid = t.oid AND c.conparentid = 0 AND c.contype <> 'n'
    UNION ALL
    SELECT concat_ws(E'\\t', 'index', t.relname, i.relname, substring(pg_get_indexdef(x.indexrelid) FROM ' USING (.*)'))
    FROM t JOIN pg_index x ON x.indrelid = t.oid JOIN pg_class i ON i.oid = x.indexrelid
    WHERE NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = x.indexrelid AND c.contype IN ('p', 'u'))";

async fn fresh() -> Option<(Database, Client)> {
    let database = need::server()?.create_database("laneway_test").await.unwrap();
    let client = database.config().connect().await.unwrap();
    Some((database, client))
}

async fn lines(client: &Client, query: &str) -> BTreeSet<String> {
    client.query(query, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

async fn count(client: &Client, query: &str) -> i64 {
    client.query_one(query, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn builds_what_the_catalog_lists() {
    let Some(data) = need::data() else { return };
    let Some((database, client)) = fresh().await else { return };

    let deployed = deploy(database.config()).await.unwrap();
    assert_eq!(deployed.found, Layout::Empty);

    let expected = std::fs::read_to_string(data.join("store-catalog.tsv")).unwrap();
    let expected: BTreeSet<String> = expected.lines().skip(1).map(str::to_owned).collect();
    let found = lines(&client, CATALOG).await;
    let missing: Vec<_> = expected.difference(&found).collect();
    let further: Vec<_> = found.difference(&expected).collect();
    assert!(missing.is_empty() && further.is_empty(), "missing {missing:#?}, further {further:#?}");
}

#[tokio::test]
async fn builds_what_the_catalog_leaves_out() {
    let Some((database, client)) = fresh().await else { return };
    deploy(database.config()).await.unwrap();

    let partitions = "SELECT inhparent::regclass || ' ' || c.relname || ' ' || pg_get_expr(c.relpartbound, c.oid)
        FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE c.relkind = 'r'";
    let expected: BTreeSet<String> = ["document", "alias", "reference"]
        .iter()
        .flat_map(|table| (0..16).map(move |k| format!("dms.{table} {table}_{k:02} FOR VALUES IN ('{k}')")))
        .collect();
    assert_eq!(lines(&client, partitions).await, expected);

    let full = "SELECT oid::regclass::text FROM pg_class WHERE relreplident = 'f'";
    let mut expected: BTreeSet<String> = (0..16).map(|key| format!("dms.document_{key:02}")).collect();
    expected.insert("dms.document".to_owned());
    expected.insert("dms.educationorganizationhierarchytermslookup".to_owned());
    assert_eq!(lines(&client, full).await, expected);

    let unique = "SELECT i.relname::text FROM pg_index x JOIN pg_class i ON i.oid = indexrelid JOIN pg_class t ON t.oid = indrelid
        WHERE i.relname LIKE 'ux\\_%' AND indisunique AND NOT t.relispartition";
    let expected: BTreeSet<String> = [
        "ux_alias_referentialid",
        "ux_document_documentuuid",
        "ux_educationorganizationhierarchy_educationorganizationid",
        "ux_reference_parent_alias",
    ]
    .map(str::to_owned)
    .into();
    assert_eq!(lines(&client, unique).await, expected);

    let published = "SELECT format('%s.%s %s', schemaname, tablename, pubviaroot) FROM pg_publication_tables
        JOIN pg_publication USING (pubname) WHERE pubname = 'to_debezium'";
    let expected = ["dms.document t", "dms.educationorganizationhierarchytermslookup t"];
    assert_eq!(lines(&client, published).await, expected.map(str::to_owned).into());
}

#[tokio::test]
async fn functions_do_not_depend_on_the_search_path() {
    let Some((database, client)) = fresh().await else { return };
    deploy(database.config()).await.unwrap();
    let loose = "SELECT proname::text FROM pg_proc WHERE pronamespace = 'dms'::regnamespace
        AND NOT coalesce(proconfig, '{}') @> ARRAY['search_path=pg_catalog, pg_temp']";
    assert_eq!(lines(&client, loose).await, BTreeSet::new());
}

#[tokio::test]
async fn does_nothing_a_second_time() {
    let Some((database, client)) = fresh().await else { return };
    deploy(database.config()).await.unwrap();
    let version = "SELECT xmin::text || ' ' || relname FROM pg_class WHERE relnamespace = 'dms'::regnamespace
        UNION ALL SELECT xmin::text || ' ' || tgname FROM pg_trigger
        UNION ALL SELECT xmin::text || ' ' || proname FROM pg_proc WHERE pronamespace = 'dms'::regnamespace";
    let before = lines(&client, version).await;

    let again = deploy(database.config()).await.unwrap();

    assert_eq!((again.found, again.added), (Layout::Document(Release::V0_7), vec![]));
    assert_eq!(lines(&client, version).await, before);
}

#[tokio::test]
async fn the_baseline_adds_nothing_to_a_store() {
    let Some((database, client)) = fresh().await else { return };
    deploy(database.config()).await.unwrap();
    let before = read_catalog(&client).await.unwrap();
    let baseline = Baseline::open(database.config(), 1).await.unwrap();
    assert_eq!(read_catalog(&client).await.unwrap(), before, "while {baseline:?} is open");
}

#[tokio::test]
async fn two_deployments_at_once_take_turns() {
    let Some((database, _)) = fresh().await else { return };
    let (one, other) = tokio::join!(deploy(database.config()), deploy(database.config()));
    let mut found = [one.unwrap().found, other.unwrap().found];
    found.sort_by_key(|layout| *layout == Layout::Document(Release::V0_7));
    assert_eq!(found, [Layout::Empty, Layout::Document(Release::V0_7)]);
}

#[tokio::test]
async fn completes_tables_built_by_hand() {
    let Some(data) = need::data() else { return };
    let Some((database, client)) = fresh().await else { return };
    let catalog = std::fs::read_to_string(data.join("store-catalog.tsv")).unwrap();
    client.batch_execute(&tables_by_hand(&catalog)).await.unwrap();

    let deployed = deploy(database.config()).await.unwrap();
    assert_eq!(deployed.found, Layout::Document(Release::V0_7));

    let expected: BTreeSet<String> = catalog.lines().skip(1).map(str::to_owned).collect();
    let missing: Vec<_> = expected.difference(&lines(&client, CATALOG).await).cloned().collect();
    assert!(missing.is_empty(), "{missing:#?}");
    let triggers = "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgparentid = 0";
    assert_eq!(count(&client, triggers).await, 13);
    assert_eq!(count(&client, "SELECT count(*) FROM pg_publication").await, 1);
}

#[tokio::test]
async fn adds_no_trigger_beside_another() {
    let Some((database, client)) = fresh().await else { return };
    deploy(database.config()).await.unwrap();
    client
        .batch_execute(
            "DO $$ DECLARE t record; BEGIN
                 FOR t IN SELECT tgname, tgrelid::regclass AS tbl FROM pg_trigger WHERE NOT tgisinternal AND tgparentid = 0 LOOP
                     EXECUTE format('DROP TRIGGER %I ON %s', t.tgname, t.tbl);
                 END LOOP;
             END $$;
             CREATE FUNCTION public.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
             CREATE TRIGGER \"Theirs\" AFTER INSERT ON dms.document_03 FOR EACH ROW EXECUTE FUNCTION public.nothing();
             DROP INDEX dms.ix_alias_documentid;",
        )
        .await
        .unwrap();

    let deployed = deploy(database.config()).await.unwrap();

    assert_eq!(deployed.added, ["index ix_alias_documentid"]);
    let triggers = "SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal";
    assert_eq!(lines(&client, triggers).await, ["Theirs".to_owned()].into());
}

#[tokio::test]
async fn a_foreign_object_is_refused_by_name() {
    for (statements, named) in [
        ("CREATE SCHEMA dms; CREATE TABLE dms.invoice (id int)", "table invoice"),
        ("CREATE SCHEMA dms; CREATE VIEW dms.total AS SELECT 1", "view total"),
        ("CREATE SCHEMA dms; CREATE TYPE dms.mood AS ENUM ('good')", "type mood"),
        ("CREATE SCHEMA dms; CREATE FUNCTION dms.f() RETURNS int LANGUAGE sql RETURN 1", "function f"),
    ] {
        let Some((database, client)) = fresh().await else { return };
        client.batch_execute(statements).await.unwrap();
        let error = deploy(database.config()).await.unwrap_err();
        assert_eq!(error.kind(), DeployErrorKind::UnknownLayout);
        assert!(error.to_string().contains(named), "{error}");
        assert_eq!(count(&client, "SELECT count(*) FROM pg_publication").await, 0);
    }
}

#[tokio::test]
async fn an_empty_schema_is_deployed_to() {
    let Some((database, client)) = fresh().await else { return };
    client.batch_execute("CREATE SCHEMA dms").await.unwrap();
    deploy(database.config()).await.unwrap();
    assert_eq!(Layout::of(&read_catalog(&client).await.unwrap()), Layout::Document(Release::V0_7));
}

#[tokio::test]
async fn an_older_store_is_recognised_and_left_alone() {
    let Some((database, client)) = fresh().await else { return };
    let built = deploy_as(database.config(), Release::V0_6).await.unwrap();
    assert_eq!(built.found, Layout::Empty);
    let by_hash =
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'dms'::regnamespace AND relispartition AND relkind = 'r'
        AND pg_get_expr(relpartbound, oid) LIKE 'FOR VALUES WITH (modulus 16, remainder %'";
    assert_eq!(count(&client, by_hash).await, 48);
    client.batch_execute("DROP INDEX dms.ix_alias_documentid").await.unwrap();
    let before = lines(&client, CATALOG).await;

    for release in Release::ALL {
        let again = deploy_as(database.config(), release).await.unwrap();
        assert_eq!((again.found, again.added), (Layout::Document(Release::V0_6), vec![]));
    }
    assert_eq!(lines(&client, CATALOG).await, before);
    let store = PostgresStore::open(database.config(), StoreOptions::default()).await.unwrap();
    assert_eq!((store.release(), store.layout()), (Release::V0_6, "document store of DMS 0.6"));
}

/// What the two releases share is built from the same files, so only what they do not is named here.
#[tokio::test]
async fn releases_differ_in_partitions_references_and_what_the_service_searches() {
    let Some((newer, newer_client)) = fresh().await else { return };
    let Some((older, older_client)) = fresh().await else { return };
    deploy_as(newer.config(), Release::V0_7).await.unwrap();
    deploy_as(older.config(), Release::V0_6).await.unwrap();
    let (newer, older) = (lines(&newer_client, CATALOG).await, lines(&older_client, CATALOG).await);
    let name = |line: &String| line.split('\t').take(3).collect::<Vec<_>>().join(" ");
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| -> BTreeSet<String> {
        one.difference(other).map(name).collect()
    };
    let set = |names: &[&str]| -> BTreeSet<String> { names.iter().map(|name| (*name).to_owned()).collect() };
    assert_eq!(
        only(&older, &newer),
        set(&[
            "column reference referenceddocumentid",
            "column reference referenceddocumentpartitionkey",
            "column reference referentialid",
            "constraint reference fk_reference_referencedalias",
            "constraint reference fk_reference_referenceddocument",
            "index document ix_document_securityelements_educationorganization",
            "index document ix_document_securityelements_namespace",
            "index reference ix_reference_referenceddocumentid",
        ])
    );
    assert_eq!(
        only(&newer, &older),
        set(&[
            "column reference aliasid",
            "column reference referenceddocumentid",
            "column reference referenceddocumentpartitionkey",
            "constraint reference fk_reference_referencedalias",
            "constraint reference ux_reference_parent_alias",
            "index document ix_document_edfidoc",
            "index document ix_document_securityelements_educationorganization",
            "index document ix_document_securityelements_namespace",
            "index reference ix_reference_aliasid",
            "index reference ix_reference_referenceddocument",
        ])
    );
}

/// A store of before 0.6, and one on its way from a release to the next.
#[tokio::test]
async fn an_unknown_store_is_refused_with_what_was_found_and_what_was_expected() {
    for (change, found, expected) in [
        (
            "DROP TABLE dms.studenteducationorganizationresponsibilityauthorization CASCADE",
            "but no table studenteducationorganizationresponsibilityauthorization",
            "expected are the tables of DMS 0.6",
        ),
        (
            "ALTER TABLE dms.reference DROP COLUMN referentialid CASCADE, ADD COLUMN aliasid bigint",
            "table document that is partitioned by hash into 16",
            "expected are the tables of DMS 0.7",
        ),
    ] {
        let Some((database, client)) = fresh().await else { return };
        deploy_as(database.config(), Release::V0_6).await.unwrap();
        client.batch_execute(change).await.unwrap();
        let before = lines(&client, CATALOG).await;

        let refused = deploy(database.config()).await.unwrap_err();
        assert_eq!(refused.kind(), DeployErrorKind::UnknownLayout);
        let opened = PostgresStore::open(database.config(), StoreOptions::default()).await.unwrap_err();
        for error in [refused.to_string(), opened.to_string()] {
            assert!(error.contains(found) && error.contains(expected), "{error}");
        }
        let served = "Laneway writes to the document store of DMS 0.6 or 0.7";
        assert!(opened.to_string().contains(served), "{opened}");
        assert_eq!(lines(&client, CATALOG).await, before);
    }
}

#[tokio::test]
async fn a_relational_store_is_refused_by_name() {
    let Some((database, client)) = fresh().await else { return };
    client
        .batch_execute(
            "CREATE SCHEMA dms;
             CREATE TABLE dms.\"ResourceKey\" (\"ResourceKeyId\" smallint PRIMARY KEY, \"ResourceName\" text NOT NULL);
             CREATE TABLE dms.\"Document\" (\"DocumentId\" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                 \"DocumentUuid\" uuid NOT NULL, \"ResourceKeyId\" smallint NOT NULL);
             CREATE TABLE dms.\"ReferentialIdentity\" (\"ReferentialId\" uuid PRIMARY KEY, \"DocumentId\" bigint NOT NULL);",
        )
        .await
        .unwrap();
    let before = read_catalog(&client).await.unwrap();

    let error = deploy(database.config()).await.unwrap_err();
    assert_eq!(error.kind(), DeployErrorKind::UnknownLayout);
    assert!(error.to_string().contains("the relational store of DMS 8.0 or later"), "{error}");
    let error = PostgresStore::open(database.config(), StoreOptions::default()).await.unwrap_err().to_string();
    assert!(error.contains("the relational store of DMS 8.0 or later"), "{error}");
    assert!(error.contains("the document store of DMS 0.6 or 0.7"), "{error}");
    assert_eq!(read_catalog(&client).await.unwrap(), before);
}
