//! A role that may write to a store and do nothing else: tests write as this one, so that a right that is missing from the
//! printed ones is noticed.

use laneway_embedded::{Database, Server};
use laneway_pgconfig::Config;

/// The address of a deployed database for a role that has what `laneway grants` prints; what everybody may do with the store's
/// functions is revoked. On a named server, where no roles are created, the database's own.
///
/// # Panics
/// When the server refuses.
pub async fn writer(server: &Server, database: &Database) -> Config {
    const ROLE: &str = "laneway_writer";
    if !server.is_own() {
        return database.config().clone();
    }
    let client = database.config().connect().await.expect("a connection");
    // Tests of one server create it at the same time.
    let create = format!(
        "DO $$ BEGIN CREATE ROLE {ROLE} LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
         REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA dms FROM PUBLIC;"
    );
    let statements = [create, laneway_postgres::grants(ROLE).concat()].concat();
    client.batch_execute(&statements).await.expect("a role with rights");
    Config::parse(&database.url().replace("laneway@", &format!("{ROLE}@"))).expect("an address")
}
