//! libpq's URLs, taken apart as libpq does: `postgres://user:password@host:port,host/database?word=value&…`.
//! <https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-CONNSTRING-URIS>

use percent_encoding::percent_decode_str;

use super::written::Written;
use crate::error::ConfigError;

/// What `text` begins with if it is one.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// What is behind the scheme; `None`: it is no URL.
pub(super) fn behind_scheme(text: &str) -> Option<&str> {
    SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme))
}

/// Reads what is behind the scheme.
///
/// # Errors
/// When it is none; the message shows nothing of it.
pub(super) fn read(text: &str) -> Result<Vec<Written>, ConfigError> {
    let (location, query) = split_at_query(text);
    let (credentials, rest) = credentials(location);
    let (hosts, database) = rest.split_once('/').unwrap_or((rest, ""));
    // Behind the first @ there is none, unless one of the password was not encoded: what follows it is a secret.
    if [hosts, database].iter().any(|part| part.contains('@')) {
        return Err(ConfigError::new("it holds an @ too many; write %40 for one that belongs to a user or a password"));
    }
    let mut written = Vec::new();
    if let Some(credentials) = credentials {
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        push(&mut written, "user", user)?;
        push(&mut written, "password", password)?;
    }
    write_hosts(&mut written, hosts)?;
    push(&mut written, "dbname", database)?;
    let is_clean = !query.contains('@');
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| ConfigError::new("a setting behind its ? has no =; write %3F for one in a password"))?;
        // The JDBC driver's form, as in libpq.
        let (key, value) = if (key, value) == ("ssl", "true") { ("sslmode", "require") } else { (key, value) };
        written.push(Written { key: decoded(key)?, value: decoded(value)?, is_key_public: is_clean });
    }
    Ok(written)
}

/// As in libpq, a ? in front of the @ belongs to the password.
pub(super) fn split_at_query(text: &str) -> (&str, &str) {
    let authority = text.find('/').unwrap_or(text.len());
    let from = text[..authority].find('@').unwrap_or(0);
    text[from..].find('?').map_or((text, ""), |at| (&text[..from + at], &text[from + at + 1..]))
}

fn credentials(location: &str) -> (Option<&str>, &str) {
    let authority = location.find('/').unwrap_or(location.len());
    match location[..authority].find('@') {
        Some(at) => (Some(&location[..at]), &location[at + 1..]),
        None => (None, location),
    }
}

fn write_hosts(written: &mut Vec<Written>, hosts: &str) -> Result<(), ConfigError> {
    let (mut names, mut ports) = (Vec::new(), Vec::new());
    for host in hosts.split(',') {
        let (name, port) = name_and_port(host)?;
        names.push(decoded(name)?);
        ports.push(decoded(port)?);
    }
    for (key, values) in [("host", names), ("port", ports)] {
        if values.iter().any(|value| !value.is_empty()) {
            written.push(Written { key: key.to_owned(), value: values.join(","), is_key_public: true });
        }
    }
    Ok(())
}

/// `[::1]:5432`, `host:5432`, or without a port.
fn name_and_port(host: &str) -> Result<(&str, &str), ConfigError> {
    let Some(rest) = host.strip_prefix('[') else {
        return Ok(host.split_once(':').unwrap_or((host, "")));
    };
    let (address, behind) = rest.split_once(']').ok_or_else(|| ConfigError::new("an IPv6 address lacks its ]"))?;
    match (behind, behind.strip_prefix(':')) {
        ("", _) => Ok((address, "")),
        (_, Some(port)) => Ok((address, port)),
        _ => Err(ConfigError::new("behind an IPv6 address's ] there is no port")),
    }
}

fn push(written: &mut Vec<Written>, key: &str, value: &str) -> Result<(), ConfigError> {
    if !value.is_empty() {
        written.push(Written { key: key.to_owned(), value: decoded(value)?, is_key_public: true });
    }
    Ok(())
}

/// A URL's percent-encoding (RFC 3986, section 2.1) undone. The crate passes a `%` without digits on; libpq refuses it.
pub(super) fn decoded(text: &str) -> Result<String, ConfigError> {
    let is_escape = |rest: &str| rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    if !text.split('%').skip(1).all(is_escape) {
        return Err(ConfigError::new("a % lacks its two digits; write %25 for one that stands for itself"));
    }
    let decoded = percent_decode_str(text).decode_utf8();
    if decoded.as_ref().is_ok_and(|text| text.contains('\0')) {
        return Err(ConfigError::new("it holds %00, which stands for a NUL"));
    }
    decoded.map(Into::into).map_err(|_| ConfigError::new("a percent-encoded value is not UTF-8"))
}
