//! TLS to a real server, in each of libpq's modes.

use laneway_embedded::{Server, Settings};
use laneway_pgconfig::Config;
use laneway_tests::need;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

/// How often a connection is tried until the server has read its new settings: each try takes a millisecond or more,
/// and the server reads them at its next turn.
const TRIES_MAX: usize = 10_000;

/// An authority, and a server's certificate by it that names `localhost` only.
struct Certificates {
    authority: String,
    certificate: String,
    key: String,
}

impl Certificates {
    fn new(name: &str) -> Self {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.distinguished_name.push(DnType::CommonName, name);
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
        Self { authority: authority.pem(), certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

/// Gives the server a certificate and makes it encrypt.
async fn encrypt(server: &Server, certificates: &Certificates) {
    let admin = server.config().connect().await.unwrap();
    let folder: String = admin.query_one("SHOW data_directory", &[]).await.unwrap().get(0);
    for (name, text) in [("server.crt", &certificates.certificate), ("server.key", &certificates.key)] {
        let write = format!(
            "COPY (SELECT unnest(string_to_array('{text}', E'\n'))) TO PROGRAM 'umask 077; cat > {folder}/{name}'"
        );
        admin.batch_execute(&write).await.unwrap();
    }
    admin.batch_execute("ALTER SYSTEM SET ssl = on").await.unwrap();
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
    if need::server().is_none() {
        return;
    }
    let Ok(server) = Server::own(&Settings::for_tests()) else {
        need::skip::<()>("no server of our own can be started");
        return;
    };
    let (ours, foreign) = (Certificates::new("ours"), Certificates::new("foreign"));
    encrypt(&server, &ours).await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        format!("sslrootcert={}", path.to_str().unwrap().replace('/', "%2F"))
    };
    let root = file("root.crt", &ours.authority);
    let itself = file("itself.crt", &ours.certificate);
    let other = file("other.crt", &foreign.authority);
    let address = server.tcp_config().clone();
    let named = Config::parse(&address.url().replace("127.0.0.1", "localhost")).unwrap();

    for (server, parameters, encrypted) in [
        (&address, "sslmode=disable".to_owned(), Ok(false)),
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
