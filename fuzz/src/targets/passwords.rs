//! Addresses with a password in them, malformed in some way: no message shows the password.

use arbitrary::{Result, Unstructured};
use laneway_pgconfig::fuzzing::{setting, shown, words};

const SECRET: &str = "hunter2";
/// Proper addresses, to be changed.
const PROPER: [&str; 8] = [
    "postgres://u:hunter2@127.0.0.1:1/d?sslmode=prefer&connect_timeout=3",
    "postgresql://u:hunter2@[::1]:1,b:2/d",
    "postgres://u@127.0.0.1:1/d?password=hunter2&application_name=x",
    "host=127.0.0.1 port=1 user=u password=hunter2 dbname=d sslmode=require",
    "host=127.0.0.1 port=1 user=u password='x hunter2 y' dbname=d",
    "Host=127.0.0.1;Port=1;Username=u;Password=hunter2;Database=d;SSL Mode=Require",
    "Host=127.0.0.1;Password=\"x;hunter2\";Username=u;Database=d",
    "Server=a:1,b;User Id=u;Pwd='hunter2';Timeout=3",
];
const PUT: [&str; 18] =
    [" ", ";", "=", "@", ":", "/", "?", "&", "'", "\"", "\\", "%", ",", "[", "\0", "\u{e9}", "password", "%40"];

pub(crate) fn run(data: &[u8]) {
    let mut bytes = Unstructured::new(data);
    let Ok(text) = changed(&mut bytes) else { return };
    if is_a_name(&text) {
        return;
    }
    let shown = shown(&text);
    assert!(!shown.contains(SECRET), "{text}\n{shown}");
}

/// A few characters put in or taken out.
fn changed(bytes: &mut Unstructured<'_>) -> Result<String> {
    let mut text: Vec<char> = bytes.choose(&PROPER)?.chars().collect();
    for _ in 0..bytes.int_in_range(1..=6)? {
        let at = bytes.choose_index(text.len() + 1)?;
        match bytes.int_in_range(0..=2)? {
            0 => drop(text.drain(at..(at + 1).min(text.len()))),
            1 => drop(text.splice(at..at, bytes.choose(&PUT)?.chars())),
            _ => {
                let to = bytes.choose_index(text.len() + 1)?;
                let piece: Vec<char> = text.drain(at..(at + 4).min(text.len())).collect();
                let to = to.min(text.len());
                drop(text.splice(to..to, piece));
            }
        }
    }
    Ok(text.into_iter().collect())
}

/// Whether the changes put the secret into a place that any name may have, where it cannot be known for one:
/// `host=hunter2`, for instance, is an address.
fn is_a_name(text: &str) -> bool {
    let is_secret = |name: &str| name == SECRET || name.ends_with(&format!(",{SECRET}"));
    words(text).is_ok()
        && ["host", "dbname", "user"].into_iter().any(|word| setting(text, word).is_some_and(|name| is_secret(&name)))
}
