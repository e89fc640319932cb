//! Throw-away servers and databases: there when wanted, gone however their process ends.

use laneway_tests::need;

#[tokio::test]
async fn a_database_goes_with_its_value() {
    let Some(server) = need::server() else { return };
    let database = server.create_database("laneway_test").await.unwrap();
    let name = database.name().to_owned();
    let client = database.config().connect().await.unwrap();
    let current: String = client.query_one("SELECT current_database()::text", &[]).await.unwrap().get(0);
    assert_eq!(current, name);

    // A connection that is still open must not keep it.
    drop(database);

    let admin = server.config().connect().await.unwrap();
    let found = admin.query("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await.unwrap();
    assert!(found.is_empty(), "{name} is still there");
}

#[tokio::test]
async fn a_role_that_may_not_create_databases_is_refused() {
    let Some(server) = need::server() else { return };
    if !server.is_own() {
        need::skip::<()>("roles are created on a server of our own only");
        return;
    }
    let admin = server.config().connect().await.unwrap();
    admin.batch_execute("CREATE ROLE modest LOGIN").await.unwrap();
    let url = server.config().url().replace("laneway@", "modest@");
    let error = laneway_embedded::Server::named(&url).unwrap().create_database("laneway_test").await.unwrap_err();
    assert!(error.to_string().contains("may not create databases"), "{error}");
}

#[cfg(target_os = "linux")]
mod own {
    //! Servers of our own, watched from outside by the file system's events.

    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;
    use std::process::{Child, Command, Stdio};

    use laneway_embedded::{Server, Settings};
    use laneway_pgconfig::Config;
    use laneway_tests::need;
    use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};

    /// Set in a process that is to start a server and wait; its value says how it is to end.
    const HOLD: &str = "LANEWAY_TEST_HOLD";

    #[tokio::test]
    async fn a_killed_process_leaves_nothing() {
        if ended_as_asked() {
            return;
        }
        nothing_is_left("own::a_killed_process_leaves_nothing", "", |child| child.kill().unwrap()).await;
    }

    #[tokio::test]
    async fn a_panic_leaves_no_server_behind() {
        if ended_as_asked() {
            return;
        }
        nothing_is_left("own::a_panic_leaves_no_server_behind", "panic", |child| drop(child.stdin.take())).await;
    }

    /// In the process that holds the server: start it, tell its address, wait for the end of standard input, end.
    fn ended_as_asked() -> bool {
        let Some(how) = std::env::var_os(HOLD) else { return false };
        let server = Server::own(&Settings::for_tests()).unwrap();
        println!("\nurl={}", server.config().url());
        std::io::stdout().flush().unwrap();
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        assert!(how != "panic", "as asked");
        true
    }

    /// Runs `test` in another process, which holds a server; ends that process with `end`; waits until the server
    /// is gone, then its folder.
    async fn nothing_is_left(test: &str, how: &str, end: impl FnOnce(&mut Child)) {
        let Some(_) = need::server() else { return };
        let folder = open_folder();
        let events = Inotify::init(InitFlags::IN_CLOEXEC).unwrap();
        events.add_watch(folder.path(), AddWatchFlags::IN_DELETE).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &format!("embedded::{test}"), "--nocapture"])
            .env(HOLD, how)
            .env("TMPDIR", folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let url = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .find_map(|line| line.unwrap().strip_prefix("url=").map(str::to_owned))
            .expect("the address of the server");
        let client = Config::parse(&url).unwrap().connect().await.unwrap();
        assert_eq!(entries(folder.path()), 1);

        end(&mut child);
        child.wait().unwrap();

        // Answers only when the server has closed the connection; what it answers depends on how far it got.
        let _ = client.execute("SELECT pg_sleep(3600)", &[]).await.unwrap_err();
        while entries(folder.path()) > 0 {
            events.read_events().unwrap();
        }
    }

    fn entries(folder: &Path) -> usize {
        std::fs::read_dir(folder).unwrap().count()
    }

    /// The server's user, another one than ours when we are root, must get in and remove what is its own.
    fn open_folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o1777)).unwrap();
        folder
    }
}
