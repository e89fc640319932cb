//! A connection string with another database in it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::form::Form;
use super::{pairs, semicolons, url};

/// The connection string with the database replaced. In Npgsql's form the last of a word counts, so it is appended; words of libpq
/// are written anew, as an end like `user=` would take in what is appended; in a URL the path is replaced and a
/// `dbname` among the parameters dropped.
pub(crate) fn with_database(text: &str, name: &str) -> String {
    match Form::of(text) {
        Form::Url => in_url(text, name),
        Form::Pairs => in_pairs(text, name),
        Form::Semicolons => format!("{text};Database={}", semicolons::quoted(name)),
    }
}

fn in_pairs(text: &str, name: &str) -> String {
    // What cannot be read stays as it is, and is refused when it is read.
    let Ok(written) = pairs::read(text) else { return text.to_owned() };
    let kept = written.iter().filter(|word| word.key != "dbname").map(|word| (&*word.key, &*word.value));
    let words = kept.chain([("dbname", name)]).map(|(key, value)| format!("{key}={}", pairs::quoted(value)));
    words.collect::<Vec<_>>().join(" ")
}

fn in_url(text: &str, name: &str) -> String {
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let (location, parameters) = url::split_at_query(rest);
    let authority = location.split_once('/').map_or(location, |(authority, _)| authority);
    let key = |parameter: &str| url::decoded(parameter.split('=').next().unwrap_or_default()).unwrap_or_default();
    let kept: Vec<&str> = parameters.split('&').filter(|p| !p.is_empty() && key(p) != "dbname").collect();
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
            ("postgres://u:p?x@h/a", "postgres://u:p?x@h/b%20c"),
            ("postgres://h/a?db%6eame=d", "postgres://h/b%20c"),
            ("host=h dbname=a", "host='h' dbname='b c'"),
            ("host=h password=x://y/z", "host='h' password='x://y/z' dbname='b c'"),
            ("host=h user=", "host='h' user='' dbname='b c'"),
            ("Host=h;Database=a;", "Host=h;Database=a;;Database=\"b c\""),
        ] {
            assert_eq!(with_database(text, "b c"), replaced);
            let config = crate::Config::parse(text).unwrap().with_database("b c").unwrap();
            assert_eq!(config.database(), Some("b c"), "{text}");
        }
    }
}
