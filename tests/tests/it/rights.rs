//! The rights that a role needs, and what a server may withhold. That they suffice is shown by all the tests that write as
//! `laneway_tests::writer`: the recorded sequences, the two sessions.

use laneway_embedded::{Database, Server};
use laneway_model::OutcomeKind;
use laneway_pgconfig::Config;
use laneway_pgconfig::tokio_postgres::Client;
use laneway_postgres::PostgresStore;
use laneway_sample::Settings;
use laneway_tests::isolation::store_options;
use laneway_tests::need;
use laneway_tests::release::deploy;
use laneway_tests::samples::{plugins, write};
use laneway_tests::writer::writer;

use crate::store_content::assert_as_expected;

/// A store of its own, who writes to it, and its owner's session.
struct Stage {
    database: Database,
    writer: Config,
    owner: Client,
}

impl Stage {
    async fn set_up(server: &Server) -> Self {
        let database = server.create_database("laneway_test").await.unwrap();
        deploy(database.config()).await.unwrap();
        let (writer, owner) = (writer(server, &database).await, database.config().connect().await.unwrap());
        Self { database, writer, owner }
    }

    async fn open(&self) -> Result<PostgresStore, String> {
        PostgresStore::open(&self.writer, store_options()).await.map_err(|error| error.to_string())
    }

    /// Opens and writes; everything is stored as by any role.
    async fn write_all(&self) {
        let settings = Settings { documents: 300, ..Settings::default() };
        let outcomes = write(self.open().await.unwrap(), &plugins(), &settings).await;
        assert!(outcomes.iter().all(|outcome| outcome.kind() == OutcomeKind::Inserted), "{outcomes:?}");
        assert_as_expected(&self.database, &settings).await;
    }
}

/// A server on which roles are made; `None`, after saying so, on a named one.
fn own_server() -> Option<&'static Server> {
    need::server()
        .filter(|server| server.is_own())
        .or_else(|| need::skip("roles are created on a server of our own only"))
}

#[tokio::test]
async fn the_printed_rights_suffice() {
    let Some(server) = own_server() else { return };
    Stage::set_up(server).await.write_all().await;
}

/// Each statement, with each of its privileges.
#[tokio::test]
async fn every_right_that_is_missing_is_named_at_opening() {
    let Some(server) = own_server() else { return };
    let stage = Stage::set_up(server).await;
    let mut tried = 0;
    for statement in laneway_postgres::grants("laneway_writer") {
        let statement = statement.trim_end_matches(';');
        let (privileges, object) = statement.strip_prefix("GRANT ").unwrap().split_once(" ON ").unwrap();
        let object = object.strip_suffix(" TO \"laneway_writer\"").unwrap();
        for privilege in privileges.split(", ") {
            stage.owner.batch_execute(&format!("REVOKE {privilege} ON {object} FROM laneway_writer")).await.unwrap();
            let error = stage.open().await.unwrap_err();
            let named = match object {
                "ALL FUNCTIONS IN SCHEMA dms" => {
                    "GRANT EXECUTE ON FUNCTION dms.laneway_ancestors(organization bigint) TO"
                }
                object => &format!("GRANT {privilege} ON {object} TO \"laneway_writer\""),
            };
            assert!(
                error.contains(named) && error.contains("lacks rights"),
                "without {privilege} on {object}: {error}"
            );
            stage.owner.batch_execute(statement).await.unwrap();
            tried += 1;
        }
    }
    assert!(tried > 40, "{tried}");
    stage.open().await.expect("all is granted again");
}

/// What opening proposes, run as it stands, is enough.
#[tokio::test]
async fn what_opening_proposes_is_all_that_is_missing() {
    let Some(server) = own_server() else { return };
    let stage = Stage::set_up(server).await;
    let revoked =
        "REVOKE ALL ON ALL TABLES IN SCHEMA dms FROM laneway_writer; REVOKE ALL ON SCHEMA dms FROM laneway_writer;
        REVOKE ALL ON ALL SEQUENCES IN SCHEMA dms FROM laneway_writer;
        REVOKE ALL ON ALL FUNCTIONS IN SCHEMA dms FROM laneway_writer;
        REVOKE EXECUTE ON FUNCTION pg_catalog.pg_advisory_xact_lock(bigint) FROM PUBLIC;
        ALTER TABLE dms.document ENABLE ROW LEVEL SECURITY";
    stage.owner.batch_execute(revoked).await.unwrap();
    let error = stage.open().await.unwrap_err();
    assert!(error.contains("row-level security may hide rows of dms.document"), "{error}");
    let proposed = error.split_once("owner run: ").unwrap().1.split_once(" (`laneway grants`").unwrap().0;
    // The right to pass over policies is the whole server's, whose tests share the role.
    let (grants, bypass) = proposed.rsplit_once("; ").unwrap();
    assert_eq!(bypass, "ALTER ROLE \"laneway_writer\" BYPASSRLS");
    stage.owner.batch_execute(&format!("{grants}; ALTER TABLE dms.document DISABLE ROW LEVEL SECURITY")).await.unwrap();
    stage.write_all().await;
}

/// As where EXECUTE was revoked, and as where the function is there and refuses (55000).
#[tokio::test]
async fn a_server_that_withholds_its_wal_position_is_written_to() {
    let Some(server) = own_server() else { return };
    for withhold in [
        "REVOKE EXECUTE ON FUNCTION pg_current_wal_lsn() FROM PUBLIC",
        "SET allow_system_table_mods = on;
         ALTER FUNCTION pg_catalog.pg_current_wal_lsn() RENAME TO pg_current_wal_lsn_withheld;
         CREATE FUNCTION pg_catalog.pg_current_wal_lsn() RETURNS pg_lsn LANGUAGE plpgsql AS
             $$ BEGIN RAISE 'WAL position is not available' USING ERRCODE = '55000'; END $$",
    ] {
        let stage = Stage::set_up(server).await;
        stage.owner.batch_execute(withhold).await.unwrap();
        stage.write_all().await;
    }
}
