//! The tables: complete, in themselves true, and as the documents show them.

use std::collections::BTreeSet;

use super::*;
use crate::Config;
use crate::sources::environment::Environment;

/// Of libpq 18, as its source lists them (`PQconninfoOptions`), and `servicefile` of 19.
const LIBPQ_18: &str = "service user password passfile channel_binding connect_timeout dbname host hostaddr port \
    client_encoding options application_name fallback_application_name keepalives keepalives_idle keepalives_interval \
    keepalives_count tcp_user_timeout sslmode sslnegotiation sslcompression sslcert sslkey sslcertmode sslpassword \
    sslrootcert sslcrl sslcrldir sslsni requirepeer require_auth min_protocol_version max_protocol_version \
    ssl_min_protocol_version ssl_max_protocol_version gssencmode krbsrvname gsslib gssdelegation scram_client_key \
    scram_server_key replication target_session_attrs load_balance_hosts oauth_issuer oauth_client_id \
    oauth_client_secret oauth_scope sslkeylogfile servicefile";

/// Of libpq 18, as its documentation lists them.
const VARIABLES_18: &str = "PGHOST PGSSLNEGOTIATION PGHOSTADDR PGPORT PGDATABASE PGUSER PGPASSWORD PGPASSFILE \
    PGREQUIREAUTH PGCHANNELBINDING PGSERVICE PGSERVICEFILE PGOPTIONS PGAPPNAME PGSSLMODE PGREQUIRESSL PGSSLCOMPRESSION \
    PGSSLCERT PGSSLKEY PGSSLCERTMODE PGSSLROOTCERT PGSSLCRL PGSSLCRLDIR PGSSLSNI PGREQUIREPEER \
    PGSSLMINPROTOCOLVERSION PGSSLMAXPROTOCOLVERSION PGGSSENCMODE PGKRBSRVNAME PGGSSLIB PGGSSDELEGATION \
    PGCONNECT_TIMEOUT PGCLIENTENCODING PGTARGETSESSIONATTRS PGLOADBALANCEHOSTS PGMINPROTOCOLVERSION \
    PGMAXPROTOCOLVERSION PGDATESTYLE PGTZ PGGEQO PGSYSCONFDIR PGLOCALEDIR";

/// A value that each word takes where any text does not do.
const VALUES: [(&str, &str); 18] = [
    ("host", "h"),
    ("hostaddr", "10.0.0.1"),
    ("port", "5433"),
    ("connect_timeout", "3"),
    ("keepalives_idle", "3"),
    ("keepalives_interval", "3"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "3000"),
    ("sslmode", "disable"),
    ("service", "s"),
    ("Load Balance Hosts", "true"),
    ("TCP Keepalive", "true"),
    ("SSL Mode", "Disable"),
    ("SSL Negotiation", "Postgres"),
    ("Target Session Attributes", "Primary"),
    ("Trust Server Certificate", "true"),
    ("GSS Encryption Mode", "Prefer"),
    ("Channel Binding", "Prefer"),
];

fn names(text: &str) -> BTreeSet<&str> {
    text.split_whitespace().collect()
}

fn value(word: &Word) -> String {
    let number = match word.treatment {
        Treatment::Means(name) if !VALUES.iter().any(|(known, _)| *known == word.name) => name,
        _ => word.name,
    };
    let listed = VALUES.iter().find(|(name, _)| *name == number).map(|(_, value)| (*value).to_owned());
    match word.treatment {
        Treatment::Only(values, _) => values[0].to_owned(),
        _ => listed.unwrap_or_else(|| "x".to_owned()),
    }
}

/// Reads `text` with files that are not there left out: every word is honoured but for its file.
fn parse(text: &str, variable: Option<(&str, &str)>) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".pg_service.conf"), "[s]\nuser=u\n").unwrap();
    let home = folder.path().as_os_str();
    let get = |name: &str| match variable {
        Some((known, value)) if known == name => Some(value.into()),
        _ => (name == "HOME").then(|| home.into()),
    };
    Config::parse_in(text, &Environment(&get)).map_err(|error| error.to_string())
}

fn treatment_in_the_end(word: &'static Word) -> Treatment {
    match word.treatment {
        Treatment::Means(name) => libpq(name).unwrap().treatment,
        treatment => treatment,
    }
}

/// Refused words name themselves and the remedy, all others are taken, and a value that a word does not have is refused.
fn check(word: &'static Word, name: &str, text: impl Fn(&str) -> Result<Config, String>) {
    let is_file = ["ssl", "Root", "SSL"].iter().any(|of| word.name.starts_with(of)) && value(word) == "x";
    match (text(&value(word)), treatment_in_the_end(word)) {
        (Err(error), Treatment::Refused(remedy)) => {
            assert!(error.contains(&format!("`{name}`")) && error.contains(remedy), "{name}: {error}");
        }
        (Ok(_), Treatment::Honoured(_) | Treatment::NoConcern(_)) => {}
        (Ok(_), Treatment::Only(_, remedy)) => {
            let error = text("nothing of the kind").unwrap_err();
            let is_named = error.contains(&format!("`{name}`"));
            assert!(is_named && (error.contains(remedy) || error.contains("neither true")), "{name}: {error}");
        }
        (result, _) => assert!(is_file, "{name}: {result:?}"),
    }
}

#[test]
fn the_tables_are_complete() {
    assert_eq!(LIBPQ.iter().map(|word| word.name).collect::<BTreeSet<_>>(), names(LIBPQ_18));
    let variables = LIBPQ.iter().filter_map(|word| word.variable);
    let variables: BTreeSet<_> = variables.chain(VARIABLES.iter().map(|word| word.name)).collect();
    assert_eq!(variables, names(VARIABLES_18));
}

#[test]
fn each_spelling_stands_for_one_word() {
    let spellings: Vec<String> = NPGSQL.iter().flat_map(Word::spellings).map(without_spaces).collect();
    assert_eq!(spellings.iter().collect::<BTreeSet<_>>().len(), spellings.len());
    for word in NPGSQL {
        if let Treatment::Means(name) = word.treatment {
            assert!(libpq(name).is_some(), "{}", word.name);
        }
    }
}

#[test]
fn each_word_of_libpq_is_treated_as_the_table_has_it() {
    for word in LIBPQ {
        let quoted = |value: &str| value.replace(' ', "\\ ");
        check(word, word.name, |value| {
            parse(&format!("sslmode=require host=h hostaddr=10.0.0.1 {}={}", word.name, quoted(value)), None)
        });
        check(word, word.name, |value| {
            let value = value.replace(' ', "%20");
            parse(&format!("postgres://h?sslmode=require&hostaddr=10.0.0.1&{}={value}", word.name), None)
        });
    }
}

#[test]
fn each_variable_is_treated_as_the_table_has_it() {
    for word in LIBPQ {
        let Some(variable) = word.variable else { continue };
        let text = if word.name == "host" { "" } else { "host=h" };
        check(word, variable, |value| parse(text, Some((variable, value))));
        let own = value(word);
        if !matches!(word.treatment, Treatment::Refused(_)) {
            let taken = parse(&format!("host=h {}={own}", word.name), Some((variable, "nothing of the kind")));
            let is_file = word.name.starts_with("ssl") && own == "x";
            assert!(taken.is_ok() || is_file, "{variable} counts before the string: {taken:?}");
        }
    }
    for word in VARIABLES {
        assert!(parse("host=h", Some((word.name, "1"))).is_ok(), "{}", word.name);
    }
}

#[test]
fn each_word_of_npgsql_is_treated_as_the_table_has_it() {
    for word in NPGSQL {
        for spelling in word.spellings() {
            let without = spelling.replace(' ', "");
            for written in [spelling.to_owned(), spelling.to_uppercase(), spelling.to_lowercase(), without] {
                check(word, word.name, |value| parse(&format!("SSL Mode=Require;Host=h;{written}={value}"), None));
            }
        }
    }
}

#[test]
fn misspelt_words_are_known_by_their_likeness() {
    for (key, expected) in [
        ("hots", Some("host")),
        ("ssl_mode", Some("sslmode")),
        ("passwrd", Some("password")),
        ("conect_timeout", Some("connect_timeout")),
        ("frobnicate", None),
        ("x", None),
    ] {
        assert_eq!(meant(key, LIBPQ), expected, "{key}");
    }
    assert_eq!(meant("Root Certficate", NPGSQL), Some("Root Certificate"));
}

#[test]
fn the_documents_show_the_tables() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/connection.md");
    let text = std::fs::read_to_string(file).unwrap();
    let expected = words_as_markdown();
    assert!(text.ends_with(&expected), "docs/connection.md does not end with what `--example words` prints");
}
