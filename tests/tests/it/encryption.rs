//! TLS to a real server, in each of libpq's modes.

use laneway_embedded::{Server, Settings};
use laneway_pgconfig::Config;
use laneway_tests::need;
use laneway_tests::wait::until;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};

/// How often a connection is tried until the server has read its new settings: each try takes a millisecond or more,
/// and the server reads them at its next turn.
const TRIES_MAX: usize = 10_000;

/// An authority, a server's certificate by it that names `localhost` only, and a client's.
struct Certificates {
    authority: String,
    /// The same authority at other times.
    expired: String,
    coming: String,
    certificate: String,
    key: String,
    client: String,
    client_key: String,
}

impl Certificates {
    fn new(name: &str) -> Self {
        Self::with_server(name, CertificateParams::new(vec!["localhost".to_owned()]).unwrap())
    }

    /// One whose server's certificate has expired.
    fn expired(name: &str) -> Self {
        let mut server = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        server.not_after = date_time_ymd(2020, 1, 1);
        Self::with_server(name, server)
    }

    fn with_server(name: &str, server: CertificateParams) -> Self {
        let key_of_authority = KeyPair::generate().unwrap().serialize_pem();
        let authority = |from, to| {
            let mut authority = CertificateParams::new(Vec::new()).unwrap();
            authority.distinguished_name.push(DnType::CommonName, name);
            authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            (authority.not_before, authority.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(to, 1, 1));
            CertifiedIssuer::self_signed(authority, KeyPair::from_pem(&key_of_authority).unwrap()).unwrap()
        };
        let signed = |params: CertificateParams| {
            let key = KeyPair::generate().unwrap();
            (params.signed_by(&key, &authority(2000, 4000)).unwrap().pem(), key.serialize_pem())
        };
        let mut client = CertificateParams::new(Vec::new()).unwrap();
        client.distinguished_name.push(DnType::CommonName, "a client");
        let ((certificate, key), (client, client_key)) = (signed(server), signed(client));
        let [authority, expired, coming] =
            [(2000, 4000), (2000, 2020), (3000, 4000)].map(|(from, to)| authority(from, to).pem());
        Self { authority, expired, coming, certificate, key, client, client_key }
    }
}

/// Gives the server a certificate and makes it encrypt.
async fn encrypt(server: &Server, certificates: &Certificates) {
    let admin = server.config().connect().await.unwrap();
    let folder: String = admin.query_one("SHOW data_directory", &[]).await.unwrap().get(0);
    for (name, text) in [
        ("server.crt", &certificates.certificate),
        ("server.key", &certificates.key),
        ("clients.crt", &certificates.authority),
    ] {
        let write = format!(
            "COPY (SELECT unnest(string_to_array('{text}', E'\n'))) TO PROGRAM 'umask 077; cat > {folder}/{name}'"
        );
        admin.batch_execute(&write).await.unwrap();
    }
    admin.batch_execute("ALTER SYSTEM SET ssl = on").await.unwrap();
    admin.batch_execute("ALTER SYSTEM SET ssl_ca_file = 'clients.crt'").await.unwrap();
    admin.batch_execute("SELECT pg_reload_conf()").await.unwrap();
    let encrypted = with(server.tcp_config(), "sslmode=require");
    for _ in 0..TRIES_MAX {
        if encrypted.connect().await.is_ok() {
            return;
        }
    }
    panic!("the server does not encrypt: {}", encrypted.connect().await.unwrap_err());
}

fn with(config: &Config, parameters: &str) -> Config {
    Config::parse(&format!("{}?{parameters}", config.url())).unwrap()
}

async fn is_encrypted(config: &Config) -> Result<bool, String> {
    let client = config.connect().await.map_err(|error| error.to_string())?;
    let row = client.query_one("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", &[]).await.unwrap();
    Ok(row.get(0))
}

#[tokio::test]
async fn modes_do_what_libpq_says() {
    let Some(server) = own_server() else { return };
    let (ours, foreign) = (Certificates::new("ours"), Certificates::new("foreign"));
    encrypt(&server, &ours).await;
    let files = Files::new();
    let root = files.root("root.crt", &ours.authority);
    let itself = files.root("itself.crt", &ours.certificate);
    let other = files.root("other.crt", &foreign.authority);
    let expired = files.root("expired.crt", &ours.expired);
    let coming = files.root("coming.crt", &ours.coming);
    let renewed = files.root("renewed.crt", &format!("{}{}", ours.expired, ours.authority));
    let address = server.tcp_config().clone();
    let named = Config::parse(&address.url().replace("127.0.0.1", "localhost")).unwrap();

    for (server, parameters, encrypted) in [
        (&address, "sslmode=disable".to_owned(), Ok(false)),
        (&address, "sslmode=allow".to_owned(), Ok(false)),
        (&address, "sslmode=prefer".to_owned(), Ok(true)),
        (&address, "sslmode=require".to_owned(), Ok(true)),
        (&address, format!("sslmode=require&{root}"), Ok(true)),
        (&address, format!("sslmode=require&{other}"), Err("UnknownIssuer")),
        (&address, format!("sslmode=verify-ca&{root}"), Ok(true)),
        (&address, format!("sslmode=verify-ca&{other}"), Err("UnknownIssuer")),
        (&address, format!("sslmode=verify-full&{root}"), Err("not valid for name")),
        (&named, format!("sslmode=verify-full&{root}"), Ok(true)),
        (&named, format!("sslmode=verify-full&{other}"), Err("UnknownIssuer")),
        (&named, format!("sslmode=verify-full&{itself}"), Ok(true)),
        (&address, format!("sslmode=verify-full&{itself}"), Err("not valid for name")),
        (&named, format!("sslmode=verify-full&{expired}"), Err("certificate expired")),
        (&named, format!("sslmode=verify-full&{coming}"), Err("not valid yet")),
        (&address, format!("sslmode=verify-ca&{expired}"), Err("certificate expired")),
        (&address, format!("sslmode=require&{coming}"), Err("not valid yet")),
        (&named, format!("sslmode=verify-full&{renewed}"), Ok(true)),
        (&address, format!("sslmode=prefer&{expired}"), Ok(true)),
        (&address, "sslmode=require&ssl_min_protocol_version=TLSv1.3".to_owned(), Ok(true)),
        (&address, "sslmode=require&ssl_max_protocol_version=TLSv1.2&sslsni=0".to_owned(), Ok(true)),
    ] {
        let found = is_encrypted(&with(server, &parameters)).await;
        match (&found, &encrypted) {
            (Ok(found), Ok(encrypted)) => assert_eq!(found, encrypted, "{parameters}"),
            (Err(found), Err(expected)) => assert!(found.contains(expected), "{parameters}: {found}"),
            _ => panic!("{parameters}: {found:?}"),
        }
    }
    assert_eq!(is_encrypted(server.config()).await, Ok(false), "sockets are not encrypted");
}

/// Files that certificates are kept in.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Writes one that only its owner may read.
    fn path(&self, name: &str, text: &str) -> String {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// The parameter of a URL that names it.
    fn root(&self, name: &str, text: &str) -> String {
        format!("sslrootcert={}", self.path(name, text).replace('/', "%2F"))
    }
}

/// What the server knows of a connection: whether it is encrypted, and the client's name in its certificate.
async fn seen(text: &str) -> Result<(bool, Option<String>), String> {
    let config = Config::parse(text).map_err(|error| error.to_string())?;
    let client = config.connect().await.map_err(|error| error.to_string())?;
    let query = "SELECT ssl, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let row = client.query_one(query, &[]).await.unwrap();
    Ok((row.get(0), row.get(1)))
}

fn own_server() -> Option<Server> {
    need::server()?;
    Server::own(&Settings::for_tests()).ok().or_else(|| need::skip("no server of our own can be started"))
}

/// The address of the server in Npgsql's form, but for the host.
async fn npgsql(server: &Server) -> String {
    let port: String = server.config().connect().await.unwrap().query_one("SHOW port", &[]).await.unwrap().get(0);
    let url = server.tcp_config().url();
    let credentials = url.strip_prefix("postgres://").and_then(|rest| rest.split_once('@')).unwrap().0;
    let (user, password) = credentials.split_once(':').unwrap();
    format!("Port={port};Username={user};Password={password};Database=postgres")
}

#[tokio::test]
async fn npgsql_s_words_encrypt_as_they_say() {
    let Some(server) = own_server() else { return };
    let (ours, files) = (Certificates::new("ours"), Files::new());
    encrypt(&server, &ours).await;
    let (root, expired) = (files.path("root.crt", &ours.authority), files.path("expired.crt", &ours.expired));
    let (client, key) = (files.path("client.crt", &ours.client), files.path("client.key", &ours.client_key));
    let rest = npgsql(&server).await;
    for (host, words, expected) in [
        ("127.0.0.1", "SSL Mode=Disable".to_owned(), Ok(false)),
        ("127.0.0.1", "SSL Mode=Allow".to_owned(), Ok(false)),
        ("127.0.0.1", String::new(), Ok(true)),
        ("127.0.0.1", "SSL Mode=Prefer".to_owned(), Ok(true)),
        ("127.0.0.1", "SSL Mode=Require;Trust Server Certificate=true".to_owned(), Ok(true)),
        ("127.0.0.1", format!("SSL Mode=VerifyCA;Root Certificate={root}"), Ok(true)),
        ("127.0.0.1", format!("SSL Mode=VerifyFull;Root Certificate={root}"), Err("not valid for name")),
        ("localhost", format!("SSL Mode=VerifyFull;Root Certificate={root}"), Ok(true)),
        ("localhost", format!("SslMode=verifyfull;RootCertificate={expired}"), Err("renew the certificate")),
    ] {
        let found = seen(&format!("Host={host};{rest};{words}")).await;
        match (&found, expected) {
            (Ok((found, _)), Ok(encrypted)) => assert_eq!(*found, encrypted, "{words}"),
            (Err(found), Err(expected)) => assert!(found.contains(expected), "{words}: {found}"),
            _ => panic!("{words}: {found:?}"),
        }
    }
    let words = format!("SSL Mode=Require;SSL Certificate={client};SSL Key={key}");
    let (_, name) = seen(&format!("Host=127.0.0.1;{rest};{words}")).await.unwrap();
    assert!(name.as_deref().is_some_and(|name| name.contains("a client")), "{name:?}");

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
        let error = seen(&format!("Host=127.0.0.1;{rest};{words}")).await.unwrap_err();
        assert!(error.contains("others may read it"), "{error}");
    }
}

/// What `pg_hba.conf` lets in only in one way decides which of the two is taken.
#[tokio::test]
async fn allow_and_prefer_try_the_other_way() {
    let Some(server) = own_server() else { return };
    encrypt(&server, &Certificates::new("ours")).await;
    let admin = server.config().connect().await.unwrap();
    admin.batch_execute("CREATE ROLE encrypted LOGIN; CREATE ROLE clear LOGIN").await.unwrap();
    let file: String = admin.query_one("SHOW hba_file", &[]).await.unwrap().get(0);
    let lines = "hostssl all encrypted 127.0.0.1/32 trust\nhostnossl all clear 127.0.0.1/32 trust\n\
                 host all encrypted,clear 127.0.0.1/32 reject\n";
    admin
        .batch_execute(&format!(
            "COPY (SELECT 1) TO PROGRAM $$cat >/dev/null; cd \"$(dirname '{file}')\"; \
             printf '{}' | cat - pg_hba.conf > new; cat new > pg_hba.conf$$; SELECT pg_reload_conf()",
            lines.replace('\n', "\\n")
        ))
        .await
        .unwrap();
    let port: String = admin.query_one("SHOW port", &[]).await.unwrap().get(0);
    let connect = |user: &str, mode: &str| {
        let text = format!("host=127.0.0.1 port={port} dbname=postgres user={user} sslmode={mode}");
        async move { seen(&text).await.map(|(encrypted, _)| encrypted) }
    };
    until("the server has read its file", async || connect("clear", "disable").await == Ok(false)).await;
    assert_eq!(connect("encrypted", "allow").await, Ok(true));
    assert_eq!(connect("encrypted", "prefer").await, Ok(true));
    assert_eq!(connect("clear", "prefer").await, Ok(false));
    assert_eq!(connect("clear", "allow").await, Ok(false));
    let error = connect("clear", "require").await.unwrap_err();
    assert!(error.contains("28000") || error.contains("pg_hba.conf"), "{error}");
}

#[tokio::test]
async fn an_expired_certificate_does_not_count_though_it_is_listed_itself() {
    let Some(server) = own_server() else { return };
    let (expired, files) = (Certificates::expired("ours"), Files::new());
    encrypt(&server, &expired).await;
    let itself = files.root("itself.crt", &expired.certificate);
    let root = files.root("root.crt", &expired.authority);
    for parameters in [itself, root] {
        for mode in ["verify-ca", "verify-full"] {
            let address = server.tcp_config().url().replace("127.0.0.1", "localhost");
            let error = seen(&format!("{address}?sslmode={mode}&{parameters}")).await.unwrap_err();
            assert!(error.contains("xpired"), "{mode} {parameters}: {error}");
        }
    }
}
