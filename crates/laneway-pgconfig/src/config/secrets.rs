//! No part of a password in what is shown, whatever text it stands in.

use proptest::prelude::*;

use super::*;

const SECRET: &str = "hunter2";
/// Ways in which addresses go wrong, each with the secret in it; those who call this crate are tested with the same.
const MALFORMED: &str = include_str!("../../../../tests/addresses/malformed.txt");

/// Proper addresses, for the generator to change.
const PROPER: [&str; 6] = [
    "postgres://u:hunter2@127.0.0.1:1/d?sslmode=prefer&connect_timeout=3",
    "postgres://u@127.0.0.1:1/d?password=hunter2&application_name=x",
    "host=127.0.0.1 port=1 user=u password=hunter2 dbname=d sslmode=require",
    "host=127.0.0.1 port=1 user=u password='x hunter2 y' dbname=d",
    "Host=127.0.0.1;Port=1;Username=u;Password=hunter2;Database=d;SSL Mode=Require",
    "Host=127.0.0.1;Password=\"x;hunter2\";Username=u;Database=d",
];

/// What an address shows of itself, read and connected by.
fn shown_of(text: &str) -> String {
    match Config::parse_in(text, &Environment(&|_| None)) {
        Ok(config) => {
            let refusals = vec![("a server".to_owned(), crate::Refusal::Standby)];
            let error = ConnectError { target: config.to_string(), refusals, hidden: config.hidden() };
            format!("{config} {config:?} {error} {error:?}")
        }
        Err(error) => format!("{error} {error:?}"),
    }
}

#[test]
fn malformed_addresses_show_no_password() {
    let addresses: Vec<&str> = MALFORMED.lines().collect();
    assert!(addresses.len() > 40 && addresses.iter().any(|address| address.contains(SECRET)));
    for address in addresses {
        let shown = shown_of(address);
        assert!(!shown.contains(SECRET), "{address}\n{shown}");
    }
}

/// One change: where, and what is put there or how much is left out.
fn changed(text: &str, changes: &[(usize, Option<char>)]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for (at, put) in changes {
        let at = at % chars.len().max(1);
        match put {
            Some(c) => chars.insert(at, *c),
            None if chars.len() > 1 => drop(chars.remove(at)),
            None => {}
        }
    }
    chars.into_iter().collect()
}

/// Whether a change took the secret out of the place where only a password stands, into one that any name may have:
/// it cannot be known there. `host=hunter2`, for instance, is an address.
fn is_a_name(text: &str) -> bool {
    let Ok(settings) = Settings::read(text, &Environment(&|_| None)) else { return false };
    let names = ["host", "dbname", "user"].into_iter().filter_map(|word| settings.get(word));
    names.into_iter().any(|name| name == SECRET || name.ends_with(&format!(",{SECRET}")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    #[test]
    fn changed_addresses_show_no_password(
        text in prop::sample::select(&PROPER[..]),
        changes in prop::collection::vec(
            (any::<usize>(), prop::option::of(prop::sample::select(vec![' ', ';', '=', '@', ':', '/', '?', '&', '\'', '"', '\\', '%', ',', '[']))),
            1..4,
        ),
    ) {
        let text = changed(text, &changes);
        prop_assume!(!is_a_name(&text));
        let shown = shown_of(&text);
        prop_assert!(!shown.contains(SECRET), "{}\n{}", text, shown);
    }
}
