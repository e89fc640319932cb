//! Strings with their sources: what a whole configuration comes to.

use super::*;

/// The user `u` with a password file and a service file.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let passwords = home.path().join(".pgpass");
    let lines = "h:5432:d:u:from file\nb:1:d:u:of b\nlocalhost:*:*:u:of sockets\n/run/other:*:*:u:of a folder\n";
    std::fs::write(&passwords, lines).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&passwords, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    std::fs::write(home.path().join(".pg_service.conf"), "[s]\nhost=h\nuser=u\ndbname=d\nsslmode=disable\n").unwrap();
    home
}

fn parsed(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let home = home();
    Config::parse_in(
        text,
        &Environment(&|name| {
            if name == "HOME" {
                return Some(home.path().into());
            }
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
        }),
    )
}

#[test]
fn a_password_is_never_shown() {
    let config = Config::parse("postgres://someone:secret@example:5433/data").unwrap();
    assert_eq!(config.to_string(), "database data at example:5433");
    assert!(!format!("{config:?}").contains("secret"));
}

#[test]
fn passwords_come_from_where_libpq_finds_them() {
    for (text, variables, password) in [
        ("postgres://u:given@h/d", &[("PGPASSWORD", "from environment")][..], Some("given")),
        ("postgres://u@h/d", &[("PGPASSWORD", "from environment")], Some("from environment")),
        ("postgres://u@h/d", &[], Some("from file")),
        ("Host=h;Username=u;Database=d", &[], Some("from file")),
        ("postgres://u@h/other", &[], None),
        ("host=/run/pg user=u dbname=d", &[], Some("of sockets")),
        ("service=s", &[], Some("from file")),
        ("", &[("PGSERVICE", "s"), ("PGPASSWORD", "from environment")], Some("from environment")),
        ("postgres://h", &[("PGUSER", "u"), ("PGDATABASE", "d")], Some("from file")),
        ("postgres://u@h/d?passfile=%2Fno%2Fsuch", &[], None),
        ("Host=h;Username=u;Database=d;Passfile=/no/such", &[], None),
    ] {
        let config = parsed(text, variables).unwrap();
        let connector = config.connector();
        let given = connector.driver.get_password().map(|password| std::str::from_utf8(password).unwrap());
        assert_eq!(given.or(connector.servers[0].1.as_deref()), password, "{text} {variables:?}");
    }
}

#[test]
fn each_host_has_its_own_password() {
    let config = parsed("host=h,b,/run/other user=u dbname=d port=5432,1,5432", &[]).unwrap();
    let found: Vec<_> = config.connector().servers.iter().map(|(_, password)| password.as_deref()).collect();
    assert_eq!(found, [Some("from file"), Some("of b"), Some("of sockets")], "the first line that fits counts");
}

#[test]
fn the_string_comes_before_everything() {
    let config = parsed("service=s host=other port=1", &[("PGPORT", "2"), ("PGDATABASE", "e")]).unwrap();
    assert_eq!(config.to_string(), "database d at other:1");
    assert!(config.connector().tls.is_none(), "the service has sslmode=disable");
}

#[test]
fn sockets_are_never_encrypted() {
    let is_encrypted = |text, variables: &[(&str, &str)]| parsed(text, variables).unwrap().connector().tls.is_some();
    assert!(!is_encrypted("host=/run/pg sslmode=require", &[]));
    assert!(is_encrypted("host=h sslmode=require", &[]));
    assert!(is_encrypted("host=/run/pg,h sslmode=require", &[]));
    assert!(!is_encrypted("host=h", &[("PGSSLMODE", "disable")]));
    assert!(!is_encrypted("host=h sslmode=disable", &[("PGREQUIRESSL", "1")]));
    assert_eq!(parsed("host=h", &[("PGREQUIRESSL", "1")]).unwrap().connector().mode, Mode::Require);
}

#[test]
fn hosts_have_their_ports() {
    for (text, expected) in [
        ("postgres://u@a:1,b:2,c/d", "a:1, b:2, c:5432"),
        ("postgres://u@[::1]:5433,b/d", "[::1]:5433, b:5432"),
        ("postgres://u@%2Frun%2Fpg/d", "/run/pg:5432"),
        ("postgres://u@/d?host=/run/pg&port=1", "/run/pg:1"),
        ("host=a,b port=1,2", "a:1, b:2"),
        ("host=a,b port=1", "a:1, b:1"),
        ("host=a,b port=,2", "a:5432, b:2"),
        ("host=::1", "[::1]:5432"),
        ("hostaddr=10.0.0.1,::1", "10.0.0.1:5432, [::1]:5432"),
        ("host=a hostaddr=10.0.0.1", "a:5432"),
        ("Host=a:1,b;Port=5433", "a:1, b:5433"),
        ("Port=5433;Host=a:1,b", "a:1, b:5433"),
        ("Server=[::1]:5433", "[::1]:5433"),
        ("Host=::1;Port=7", "[::1]:7"),
        ("Host=/run/pg;Port=7", "/run/pg:7"),
        ("host = a ; port = 7 ;", "a:7"),
    ] {
        let config = parsed(text, &[]).unwrap();
        let (_, servers) = config.to_string().split_once(" at ").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        assert_eq!(servers, expected, "{text}");
    }
}

#[test]
fn errors_name_the_cause() {
    for (text, expected) in [
        ("postgres:///data", "names no host"),
        ("host=h port=x", "`port` is not a number from 1 to 65535"),
        ("host=h port=0", "`port` is not a number"),
        ("host=a,b port=1,2,3", "one for each host"),
        ("host=a,b hostaddr=10.0.0.1", "differ"),
        ("hostaddr=name", "not an IP address"),
        ("nonsense", "no ="),
        ("host=h connect_timeout=soon", "`connect_timeout` is not a number"),
        ("Host=h;Timeout=soon", "`Timeout` is not a number"),
        ("host=h sslmode=strict", "`sslmode` is not one of disable"),
        ("host=h SSLMode=require", "`SSLMode` is no setting; is `sslmode` meant?"),
        ("Host=h;SSL Mod=Require", "`SSL Mod` is no setting; is `SSL Mode` meant?"),
        ("host=h sslmode=verify-full sslrootcert=/no/such", "sslrootcert=/no/such"),
        ("host=h sslmode=require sslcert=/x", "go together"),
        ("host=h sslmode=require sslrootcert=system", "verify-full"),
        ("host=h sslnegotiation=direct", "require or stricter"),
        ("Host=h;SSL Mode=VerifyFull;Trust Server Certificate=true", "contradict"),
        ("service=missing", "no service `missing`"),
        ("postgres://u:p%zz@h/d", "lacks its two digits"),
        ("postgres://u:p@ss@h/d", "an @ too many"),
    ] {
        let error = parsed(text, &[]).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}
