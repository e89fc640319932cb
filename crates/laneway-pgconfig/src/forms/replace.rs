//! A connection string with another database in it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::form::Form;
use super::{pairs, semicolons};

/// The connection string with the database replaced. Where words are written the last one counts, so it is appended; in
/// a URL the path is replaced and a `dbname` among the parameters dropped.
pub(crate) fn with_database(text: &str, name: &str) -> String {
    match Form::of(text) {
        Form::Url => in_url(text, name),
        Form::Pairs => format!("{text} dbname={}", pairs::quoted(name)),
        Form::Semicolons => format!("{text};Database={}", semicolons::quoted(name)),
    }
}

fn in_url(text: &str, name: &str) -> String {
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let (location, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = location.split_once('/').map_or(location, |(authority, _)| authority);
    let kept: Vec<&str> = parameters.split('&').filter(|p| !p.is_empty() && !p.starts_with("dbname=")).collect();
    let question = if kept.is_empty() { "" } else { "?" };
    format!("{scheme}://{authority}/{}{question}{}", percent_encoded(name), kept.join("&"))
}

/// `text` as a part of a URL: everything but RFC 3986's unreserved characters encoded. A socket's folder as host needs it.
pub fn percent_encoded(text: &str) -> impl std::fmt::Display + '_ {
    const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, &RESERVED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_the_database_in_every_form() {
        for (text, replaced) in [
            ("postgres://u:p@h:1/a", "postgres://u:p@h:1/b%20c"),
            ("postgresql://h", "postgresql://h/b%20c"),
            ("postgres://u@%2Ftmp%2Fx/a?connect_timeout=3", "postgres://u@%2Ftmp%2Fx/b%20c?connect_timeout=3"),
            ("postgres://h?dbname=a&application_name=x", "postgres://h/b%20c?application_name=x"),
            ("host=h dbname=a", "host=h dbname=a dbname='b c'"),
            ("host=h password=x://y/z", "host=h password=x://y/z dbname='b c'"),
            ("Host=h;Database=a;", "Host=h;Database=a;;Database=\"b c\""),
        ] {
            assert_eq!(with_database(text, "b c"), replaced);
            let config = crate::Config::parse(text).unwrap().with_database("b c").unwrap();
            assert_eq!(config.database(), Some("b c"), "{text}");
        }
    }
}
