//! Passwords kept in a file, as psql's users keep them: `host:port:database:user:password`, `*` for any.
//! <https://www.postgresql.org/docs/current/libpq-pgpass.html>

use std::path::Path;

use crate::error::shown;

/// The key of a password: which connection it is for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// The host's names: a socket's folder is `localhost` too.
    pub(crate) hosts: &'a [&'a str],
    pub(crate) port: u16,
    pub(crate) database: &'a str,
    pub(crate) user: &'a str,
}

/// The password for `wanted` in `file`. `None` where the file is missing, has no entry for it, or may be read by others:
/// libpq ignores such a file too, with a warning.
pub(crate) fn password(file: &Path, wanted: Wanted<'_>) -> Option<String> {
    if is_open_to_others(file) {
        let file = shown(&file.to_string_lossy());
        tracing::warn!(file, "ignored: others may read it; allow only its owner (chmod 0600)");
        return None;
    }
    let text = std::fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| password_of(line, wanted))
}

#[cfg(unix)]
fn is_open_to_others(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_file: &Path) -> bool {
    // The folder's own rights protect it (%APPDATA%), as libpq has it.
    false
}

fn password_of(line: &str, wanted: Wanted<'_>) -> Option<String> {
    if line.starts_with('#') {
        return None;
    }
    let port = wanted.port.to_string();
    let mut rest = line;
    for values in [wanted.hosts, &[&port], &[wanted.database], &[wanted.user]] {
        let (field, behind) = field(rest)?;
        if rest[..rest.len() - behind.len() - 1] != *"*" && !values.contains(&field.as_str()) {
            return None;
        }
        rest = behind;
    }
    Some(unescaped(rest))
}

/// The field in front of the next `:` that no `\` escapes, and what is behind it.
fn field(text: &str) -> Option<(String, &str)> {
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            ':' => return Some((unescaped(&text[..at]), &text[at + 1..])),
            _ => {}
        }
    }
    None
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.push(if c == '\\' { chars.next().unwrap_or('\\') } else { c });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: Wanted<'_> = Wanted { hosts: &["h"], port: 5432, database: "d", user: "u" };

    #[test]
    fn matches_fields_and_stars() {
        for (line, password) in [
            ("h:5432:d:u:secret", Some("secret")),
            ("*:*:*:*:any", Some("any")),
            ("h:5433:d:u:no", None),
            ("h:5432:d:other:no", None),
            (r"h:5432:d:u:with\:colon\\", Some(r"with:colon\")),
            (r"\*:5432:d:u:a star is no host", None),
            ("h:5432:d:u:with:colon", Some("with:colon")),
            ("# h:5432:d:u:no", None),
            ("h:5432:d", None),
            ("", None),
        ] {
            assert_eq!(password_of(line, WANTED).as_deref(), password, "{line}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_ignored() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("passwords");
        std::fs::write(&file, "x:1:d:u:no\nh:*:*:u:first\nh:*:*:u:second\n").unwrap();
        for (mode, found) in [(0o600, Some("first")), (0o640, None)] {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(password(&file, WANTED).as_deref(), found, "{mode:o}");
        }
        assert_eq!(password(&folder.path().join("none"), WANTED), None);
    }
}
