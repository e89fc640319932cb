//! The store's tests on each version of PostgreSQL. Knows where servers are and which tests depend on them; how one is brought
//! is `fetch.rs`.

mod fetch;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use laneway_pgbin::{Binaries, download_folder};

use crate::cargo::{WHOLE, cargo, exit};
use crate::harness::tested;
use crate::skips::Skips;
use crate::tally::Tally;

/// The major versions that Laneway serves.
const MAJORS: [u32; 4] = [15, 16, 17, 18];

/// The tests whose result the server decides: what it refuses and with which code, what it locks, which tables it makes. Of the
/// tests of one kind the one that asks most of it: the recorded sequences run once, in whole batches.
const TESTS: &[&str] = &[
    "client_refusals::",
    "connection::",
    "deploy::",
    "failpoints::",
    "replay::whole_batches",
    "settings::a_transaction_timeout",
    "store_content::the_query",
    "two_sessions::",
];

/// What those leave out: it needs `pg_basebackup`, which fetched servers lack, and shows the client's side.
const LEFT_OUT: &[&str] = &["--skip", "connection::connections_go_to_the_server_that_can_be_written_to"];

/// Brings the servers that are not installed into a folder, by default in the user's cache.
pub(crate) fn run(folder: Option<&str>) -> ExitCode {
    let Some(folder) = folder.map(PathBuf::from).or_else(kept) else {
        eprintln!("there is no folder for them: set HOME, or name one");
        return ExitCode::FAILURE;
    };
    let installed = installed();
    let fetched = MAJORS.iter().filter(|major| installed != Some(**major)).map(|major| {
        let fetched = fetch::fetch(*major, &folder);
        match &fetched {
            Ok(server) => println!("PostgreSQL {major} is in {}", server.folder().display()),
            Err(error) => eprintln!("PostgreSQL {major} cannot be fetched: {error}"),
        }
        fetched.is_ok()
    });
    // Each is tried, whatever became of the one before.
    exit(fetched.fold(true, |all, one| all & one))
}

/// Runs the store's tests on every version but the one that all tests ran on; only where asked to, as it takes minutes.
pub(crate) fn check(tally: &mut Tally, skips: Skips, folder: Option<&str>) {
    let Some(folder) = folder.map(PathBuf::from) else {
        println!("not asked for (cargo xtask servers DIR, then --postgres DIR)");
        return;
    };
    let servers = Binaries::kept(&folder);
    let installed = installed();
    for major in MAJORS.iter().filter(|major| installed != Some(**major)) {
        let name = format!("the store's tests on PostgreSQL {major}");
        match servers.iter().find(|server| server.major() == *major) {
            Some(server) => tally.part(&name, |tally| test(tally, skips, server.folder())),
            None => tally.skip(
                &name,
                &format!(
                    "it is not in {} (cargo xtask servers brings it, --postgres DIR names others)",
                    folder.display()
                ),
            ),
        }
    }
}

fn test(tally: &mut Tally, skips: Skips, programs: &Path) {
    let mut test = cargo(&["test"]);
    test.args(WHOLE).env("LANEWAY_POSTGRES_BIN", programs).env_remove("LANEWAY_DATABASE_URL");
    tested(tally, test.args(["--test", "it"]), skips, &[TESTS, LEFT_OUT].concat());
}

/// The version that all tests run on; `None` also where they run on a server that is named by its address.
fn installed() -> Option<u32> {
    let is_server_named = std::env::var_os("LANEWAY_DATABASE_URL").is_some_and(|url| !url.is_empty());
    if is_server_named { None } else { Binaries::find().ok().flatten().map(|binaries| binaries.major()) }
}

/// Where fetched servers are kept: beside downloads, so that the demo does not take one for such.
fn kept() -> Option<PathBuf> {
    Some(download_folder()?.with_file_name("servers"))
}
