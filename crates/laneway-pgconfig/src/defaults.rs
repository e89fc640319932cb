//! What a connection string leaves out, from where libpq's users keep it: a service file, the environment.
//! Pure: the environment is handed in.
//! <https://www.postgresql.org/docs/current/libpq-pgservice.html>,
//! <https://www.postgresql.org/docs/current/libpq-envars.html>

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::error::ConfigError;
use crate::parameters::Parameter;

/// The environment's variables and the parameters that they stand for.
const VARIABLES: [(&str, &str); 12] = [
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGPORT", "port"),
    ("PGDATABASE", "dbname"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGPASSFILE", "passfile"),
    ("PGAPPNAME", "application_name"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
];

/// The process's environment, or a test's.
pub(crate) struct Environment<'a>(pub(crate) &'a dyn Fn(&str) -> Option<OsString>);

impl Environment<'_> {
    /// A variable; an empty one counts as not set, as in libpq.
    pub(crate) fn get(&self, name: &str) -> Option<OsString> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.into_string().ok()
    }

    /// A file in the user's home.
    pub(crate) fn in_home(&self, name: &str) -> Option<PathBuf> {
        Some(Path::new(&self.get("HOME")?).join(name))
    }
}

/// What fills gaps, by precedence (the first of a key counts): the service, then the environment.
///
/// # Errors
/// When a service is named that no file describes, or its file cannot be read.
pub(crate) fn of(ours: &[Parameter], environment: &Environment<'_>) -> Result<Vec<Parameter>, ConfigError> {
    let named = ours.iter().rfind(|(key, _)| key == "service").map(|(_, name)| name.clone());
    let mut found = match named.or_else(|| environment.text("PGSERVICE")) {
        Some(service) => service_parameters(&service, environment)?,
        None => Vec::new(),
    };
    found.extend(VARIABLES.iter().filter_map(|(name, key)| Some(((*key).to_owned(), environment.text(name)?))));
    Ok(found)
}

fn service_parameters(service: &str, environment: &Environment<'_>) -> Result<Vec<Parameter>, ConfigError> {
    let files = service_files(environment);
    for file in &files {
        match std::fs::read_to_string(file) {
            Ok(text) => {
                if let Some(parameters) = section(&text, service).map_err(|error| error.within(file.display()))? {
                    return Ok(parameters);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(ConfigError::new(format!("cannot read the service file {}: {error}", file.display())));
            }
        }
    }
    let looked: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    Err(ConfigError::new(format!("no service {service:?} in {}; PGSERVICEFILE names another file", looked.join(", "))))
}

/// The user's file, or the one named instead of it; then the system's.
fn service_files(environment: &Environment<'_>) -> Vec<PathBuf> {
    let own = environment.get("PGSERVICEFILE").map(PathBuf::from).or_else(|| environment.in_home(".pg_service.conf"));
    let system = environment.get("PGSYSCONFDIR").unwrap_or_else(|| "/etc/postgresql-common".into());
    own.into_iter().chain([Path::new(&system).join("pg_service.conf")]).collect()
}

/// The parameters below `[name]`; `None` where there is no such section.
fn section(text: &str, name: &str) -> Result<Option<Vec<Parameter>>, ConfigError> {
    let mut found: Option<Vec<Parameter>> = None;
    for (number, line) in text.lines().map(str::trim).enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(header) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            if found.is_some() {
                break;
            }
            found = (header == name).then(Vec::new);
        } else if let Some(parameters) = &mut found {
            let missing = || ConfigError::new(format!("line {} of the service has no =", number + 1));
            let (key, value) = line.split_once('=').ok_or_else(missing)?;
            parameters.push((key.trim().to_owned(), value.trim().to_owned()));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_service_up_to_the_next() {
        let text = "# ours\n[a]\nhost=x\n\n[b]\nhost = y \nport=1\n[c]\nhost=z\n";
        assert_eq!(section(text, "b").unwrap().unwrap(), [("host".into(), "y".into()), ("port".into(), "1".into())]);
        assert_eq!(section(text, "d").unwrap(), None);
        assert!(section("[a]\nhost\n", "a").unwrap_err().to_string().contains("line 2"));
    }

    #[test]
    fn a_service_comes_before_the_environment() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("services");
        std::fs::write(&file, "[here]\nhost=fromservice\n").unwrap();
        let get = |name: &str| match name {
            "PGSERVICEFILE" => Some(file.clone().into_os_string()),
            "PGHOST" => Some("fromenvironment".into()),
            "PGUSER" => Some("a user".into()),
            "PGPORT" => Some("".into()),
            _ => None,
        };
        let environment = Environment(&get);
        let found = of(&[("service".into(), "here".into())], &environment).unwrap();
        let first = |key: &str| found.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
        assert_eq!((first("host"), first("user"), first("port")), (Some("fromservice"), Some("a user"), None));
        let error = of(&[("service".into(), "there".into())], &environment).unwrap_err().to_string();
        assert!(error.contains("no service \"there\"") && error.contains("services"), "{error}");
    }
}
