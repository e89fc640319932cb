//! Which server a connection goes to, and that no server keeps it waiting. Encryption is tested beside it.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use laneway_embedded::{Server, Settings};
use laneway_pgconfig::tokio_postgres::{Client, NoTls};
use laneway_pgconfig::{Config, Refusal};
use laneway_tests::need;
use laneway_tests::wait::{WAIT_MAX, until, within};

async fn value(client: &Client, query: &str) -> String {
    client.query_one(query, &[]).await.unwrap().get(0)
}

/// A role of the server that may log in, and its address.
async fn role(server: &Server, name: &str, settings: &str) -> Config {
    let admin = server.config().connect().await.unwrap();
    admin.batch_execute(&format!("CREATE ROLE {name} LOGIN; {settings}")).await.unwrap();
    Config::parse(&server.config().url().replace("laneway@", &format!("{name}@"))).unwrap()
}

/// A server of our own; `None`, after saying so, where there is none to be had.
fn own_server() -> Option<Server> {
    need::server()?;
    Server::own(&Settings::for_tests()).ok().or_else(|| need::skip("no server of our own can be started"))
}

/// A standby of a server of our own. Dropped, it ends; its folder is the server's.
struct Standby {
    socket: PathBuf,
    port: u16,
    pid: String,
}

impl Standby {
    /// Begins one beside the server, by a program that the server runs.
    async fn of(server: &Server) -> Self {
        let admin = server.config().connect().await.unwrap();
        let programs = value(&admin, "SELECT setting FROM pg_config WHERE name = 'BINDIR'").await;
        let (data, port) = (value(&admin, "SHOW data_directory").await, value(&admin, "SHOW port").await);
        let folder = PathBuf::from(&data).parent().unwrap().to_owned();
        let at = folder.join("standby").to_str().unwrap().to_owned();
        let own_port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let sockets = folder.to_str().unwrap();
        admin
            .batch_execute(&format!(
                "COPY (SELECT 1) TO PROGRAM $$exec >/dev/null 2>&1; cat >/dev/null
                 '{programs}/pg_basebackup' -h '{sockets}' -p {port} -U laneway -D '{at}' -R -c fast &&
                 '{programs}/pg_ctl' -D '{at}' -l '{at}.log' -w -o \
                 '-p {own_port} -k {sockets} -c max_connections=400 -c listen_addresses=' start$$"
            ))
            .await
            .unwrap();
        let pid = std::fs::read_to_string(folder.join("standby/postmaster.pid")).unwrap();
        Self { socket: folder, port: own_port, pid: pid.lines().next().unwrap().to_owned() }
    }

    /// A session on it, which only the driver itself opens.
    async fn session(&self) -> Client {
        let address = format!("host={} port={} user=laneway dbname=postgres", self.socket.display(), self.port);
        let (client, connection) = tokio_postgres::connect(&address, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }
}

impl Drop for Standby {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-QUIT", &self.pid]).status();
    }
}

#[tokio::test]
async fn connections_go_to_the_server_that_can_be_written_to() {
    let Some(server) = own_server() else { return };
    let standby = Standby::of(&server).await;
    let primary_port = value(&server.config().connect().await.unwrap(), "SHOW port").await;
    let (socket, port) = (standby.socket.display().to_string(), standby.port);
    let hosts = |hosts: &str, ports: &str, more: &str| {
        Config::parse(&format!("host={hosts} port={ports} user=laneway dbname=postgres {more}")).unwrap()
    };

    let alone = hosts(&socket, &port.to_string(), "");
    let error = alone.connect().await.unwrap_err();
    assert!(matches!(error.refusals().collect::<Vec<_>>()[..], [Refusal::Standby]), "{error}");
    assert!(error.to_string().contains("it is a standby"), "{error}");

    alone.clone().for_reading().connect().await.expect("a standby can be read from");

    for more in ["", "target_session_attrs=any", "target_session_attrs=primary", "load_balance_hosts=random"] {
        let both = hosts(&format!("{socket},{socket}"), &format!("{port},{primary_port}"), more);
        let client = both.connect().await.unwrap();
        assert_eq!(value(&client, "SHOW port").await, primary_port, "{more}");
    }

    // Port 1 is closed.
    let error = hosts("127.0.0.1,127.0.0.1", "1,1", "").connect().await.unwrap_err().to_string();
    assert_eq!(error.matches("127.0.0.1:1: error").count(), 2, "each server has its reason: {error}");
    let error = hosts(&format!("{socket},127.0.0.1"), &format!("{port},1"), "").connect().await.unwrap_err();
    let (text, refusals) = (error.to_string(), error.refusals().collect::<Vec<_>>());
    assert!(matches!(refusals[..], [Refusal::Standby, Refusal::Driver(_)]), "{text}");
    assert!(text.contains("it is a standby") && text.contains("Connection refused"), "{text}");

    standby.session().await.execute("SELECT pg_promote()", &[]).await.unwrap();
    until("the standby is taken once it is the primary", async || alone.connect().await.is_ok()).await;
}

#[tokio::test]
async fn a_role_that_may_only_read_is_refused_with_what_mends_it() {
    let Some(server) = own_server() else { return };
    let reader = role(&server, "reader", "ALTER ROLE reader SET default_transaction_read_only = on").await;
    let error = reader.connect().await.unwrap_err();
    assert!(matches!(error.refusals().collect::<Vec<_>>()[..], [Refusal::ReadOnly(_)]), "{error}");
    let remedy = "ALTER ROLE reader RESET default_transaction_read_only";
    assert!(error.to_string().contains(remedy), "{error}");
    server.config().connect().await.unwrap().batch_execute(remedy).await.unwrap();
    assert!(reader.connect().await.is_ok());

    let admin = server.config().connect().await.unwrap();
    admin.batch_execute("ALTER DATABASE postgres SET default_transaction_read_only = on").await.unwrap();
    let error = reader.connect().await.unwrap_err().to_string();
    assert!(error.contains("ALTER DATABASE postgres RESET default_transaction_read_only"), "{error}");
    admin.batch_execute("ALTER DATABASE postgres RESET default_transaction_read_only").await.unwrap();

    let options = format!("{}?options=-c%20default_transaction_read_only%3Don", reader.url());
    let error = Config::parse(&options).unwrap().connect().await.unwrap_err().to_string();
    assert!(error.contains("PGOPTIONS"), "{error}");
}

#[tokio::test]
async fn options_reach_the_session() {
    let Some(server) = need::server() else { return };
    let address = format!("{}?options=-c%20work_mem%3D7MB&fallback_application_name=later", server.config().url());
    let client = Config::parse(&address).unwrap().connect().await.unwrap();
    assert_eq!(value(&client, "SHOW work_mem").await, "7MB");
    assert_eq!(value(&client, "SHOW application_name").await, "later");
}

/// Accepts one connection, answers what it reads first by `answer`, then is silent. Returns its port, and what
/// reports that it was connected to.
fn silent_server(answer: &'static [u8]) -> (u16, mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (connected, reported) = mpsc::channel();
    thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let (mut stream, _) = listener.accept().unwrap();
        let _ = connected.send(());
        let mut read = [0; 4096];
        let _ = stream.read(&mut read).and_then(|_| stream.write_all(answer));
        // Until the other end gives up.
        while stream.read(&mut read).is_ok_and(|count| count > 0) {}
    });
    (port, reported)
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    // Silent at once; when TLS is to begin; and when the login is to be accepted.
    for (answer, parameters) in
        [(&b""[..], "sslmode=prefer"), (b"S", "sslmode=require"), (b"N", "sslmode=prefer"), (b"", "sslmode=disable")]
    {
        let (port, connected) = silent_server(answer);
        let text = format!("postgres://u:p@127.0.0.1:{port}/d?{parameters}&connect_timeout=1");
        let config = Config::parse(&text).unwrap();
        let error = within("the connection is given up", config.connect()).await.unwrap_err();
        assert!(matches!(error.refusals().collect::<Vec<_>>()[..], [Refusal::Silent(_)]), "{error}");
        assert!(error.to_string().contains("no answer within 1 second"), "{error}");
        connected.recv_timeout(WAIT_MAX).expect("the server was connected to");
    }
}

#[tokio::test]
async fn the_next_server_is_tried_when_one_is_silent() {
    let Some(server) = need::server() else { return };
    let (port, _connected) = silent_server(b"");
    let tcp = server.tcp_config().url();
    let Some((credentials, rest)) = tcp.strip_prefix("postgres://").and_then(|rest| rest.split_once('@')) else {
        need::skip::<()>("the server is not named by a URL with a user");
        return;
    };
    let address = format!("postgres://{credentials}@127.0.0.1:{port},{rest}?connect_timeout=1");
    within("a connection", Config::parse(&address).unwrap().connect()).await.unwrap();
}

#[tokio::test]
async fn servers_messages_show_no_password() {
    let Some(server) = need::server() else { return };
    for (word, value) in [("dbname", "d password hunter2"), ("user", "u, hunter2"), ("options", "-c hunter2")] {
        let text = format!("host={{}} {word}='{value}'");
        let folder = server.config().to_string();
        let (_, place) = folder.split_once(" at ").unwrap();
        let (host, port) = place.rsplit_once(':').unwrap();
        let text = format!("{} port={port}", text.replace("{}", host));
        let Ok(config) = Config::parse(&text) else { continue };
        let error = config.connect().await.unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{word}: {error}");
    }
}
