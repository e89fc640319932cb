//! Service files: sections of settings that a connection string names. Knows how a file is written and where it is, not
//! what a setting means.
//! <https://www.postgresql.org/docs/18/libpq-pgservice.html>

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::environment::Environment;
use crate::error::{ConfigError, shown};
use crate::forms::Parameter;
use crate::words::{self, LIBPQ};

/// The settings of the service, the first of a word first: it counts.
///
/// # Errors
/// When no file describes the service, its file cannot be read, or holds what is no setting.
pub(crate) fn settings(
    service: &str,
    named_file: Option<PathBuf>,
    environment: &Environment<'_>,
) -> Result<Vec<Parameter>, ConfigError> {
    let files = files(named_file, environment);
    for file in &files {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => {
                let file = shown(&file.to_string_lossy());
                return Err(ConfigError::new(format!("cannot read the service file {file}: {error}")));
            }
        };
        if let Some(lines) = section(&text, service) {
            let file = shown(&file.to_string_lossy());
            let within = |error: ConfigError| error.within(format_args!("service file {file}"));
            return lines.into_iter().map(|line| setting(line).map_err(within)).collect();
        }
    }
    let looked: Vec<String> = files.iter().map(|file| shown(&file.to_string_lossy())).collect();
    let service = shown(service);
    Err(ConfigError::new(format!(
        "no service `{service}` in {}; PGSERVICEFILE or servicefile names another file",
        looked.join(", ")
    )))
}

/// The user's file, or the one named instead of it; then the system's.
fn files(named: Option<PathBuf>, environment: &Environment<'_>) -> Vec<PathBuf> {
    let own = named.or_else(|| environment.in_home(".pg_service.conf"));
    let system = environment.get("PGSYSCONFDIR").unwrap_or_else(|| "/etc/postgresql-common".into());
    own.into_iter().chain([Path::new(&system).join("pg_service.conf")]).collect()
}

/// The lines below `[name]`, with their numbers; `None` where there is no such section.
fn section<'a>(text: &'a str, name: &str) -> Option<Vec<(usize, &'a str)>> {
    let mut found: Option<Vec<(usize, &str)>> = None;
    for (number, line) in text.lines().map(str::trim).enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(header) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            if found.is_some() {
                break;
            }
            found = (header == name).then(Vec::new);
        } else if let Some(lines) = &mut found {
            lines.push((number + 1, line));
        }
    }
    found
}

fn setting((number, line): (usize, &str)) -> Result<Parameter, ConfigError> {
    let refused = |cause: String| ConfigError::new(format!("line {number}: {cause}"));
    let (key, value) = line.split_once('=').ok_or_else(|| refused("it has no =".to_owned()))?;
    let key = key.trim();
    let word = words::libpq(key).ok_or_else(|| {
        let meant = words::meant(key, LIBPQ).map(|word| format!("; is `{word}` meant?"));
        refused(format!("`{}` is no setting{}", shown(key), meant.unwrap_or_default()))
    })?;
    if matches!(word.name, "service" | "servicefile") {
        return Err(refused("a service cannot name another".to_owned()));
    }
    Ok(Parameter { word, name: word.name, value: value.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, name: &str) -> Result<Vec<(&'static str, String)>, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("services");
        std::fs::write(&file, text).unwrap();
        let found = settings(name, Some(file), &Environment(&|_| None)).map_err(|error| error.to_string())?;
        Ok(found.into_iter().map(|parameter| (parameter.name, parameter.value)).collect())
    }

    #[test]
    fn a_service_ends_where_the_next_begins() {
        let text = "# ours\n[a]\nhost=x\n\n[b]\nhost = y \nport=1\n[c]\nhost=z\n";
        assert_eq!(read(text, "b").unwrap(), [("host", "y".to_owned()), ("port", "1".to_owned())]);
        let error = read(text, "d").unwrap_err();
        assert!(error.contains("no service `d`") && error.contains("services"), "{error}");
    }

    #[test]
    fn what_is_no_setting_is_refused_by_name_and_line() {
        for (line, expected) in [
            ("hots=x", "line 2: `hots` is no setting; is `host` meant?"),
            ("application=x", "line 2: `application` is no setting"),
            ("host", "line 2: it has no ="),
            ("service=b", "line 2: a service cannot name another"),
        ] {
            let error = read(&format!("[a]\n{line}\n"), "a").unwrap_err();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
