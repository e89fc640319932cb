//! Connection settings, in all forms: read or refused, and what was read can be written and read again.

use laneway_pgconfig::fuzzing::{config, setting, shown, words};

/// Files that an address names are read: on a machine that fuzzes, none is.
const FILES: [&str; 7] = ["passfile", "servicefile", "service", "sslrootcert", "sslcert", "sslkey", "sslcrl"];

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(words) = words(text) else {
        let error = config(text).expect_err("what is no address");
        return assert!(!error.to_string().is_empty());
    };
    if words.iter().any(|(word, _)| FILES.contains(word) || *word == "sslcrldir") {
        return;
    }
    let Ok(config) = config(text) else { return };
    assert!(!shown(text).is_empty());
    assert_eq!(config.database().map(str::to_owned), setting(text, "dbname"));
    assert_eq!(config.url(), text);
    // Some names cannot stand in an address; what can is found again, and nothing else has changed.
    for name in ["plain", "it's; \"a\" b=c", "a/b?c=d&e%20f", "\u{e9}"] {
        let other = config.with_database(name).expect("a name that can be written");
        assert_eq!(other.database(), Some(name), "{text}");
        for (word, _) in &words {
            if *word != "dbname" {
                assert_eq!(setting(other.url(), word), setting(text, word), "{word} of {text}");
            }
        }
    }
}
