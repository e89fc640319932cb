//! Where PostgreSQL's programs are installed. Only looks; starts nothing but `postgres --version`.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::EmbeddedError;

/// The oldest version that serves: the oldest that Laneway is tested with.
pub(crate) const MAJOR_MIN: u32 = 15;

/// Folders of distributions, `*` standing for a part that holds the version. Newest version first within a line.
const DISTRIBUTIONS: &[&str] = &[
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/libexec/postgresql*",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/opt/local/lib/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/usr/local/pgsql/bin",
];

/// An installed PostgreSQL.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// The first that will do: `chosen` (`LANEWAY_POSTGRES_BIN`), else one on `path`, else the distribution's newest,
    /// else what `otherwise` gets.
    ///
    /// # Errors
    /// When `chosen` will not do, or nothing is found.
    pub(crate) fn find(
        chosen: Option<OsString>,
        path: Option<OsString>,
        otherwise: impl FnOnce() -> Result<Self, String>,
    ) -> Result<Self, EmbeddedError> {
        if let Some(chosen) = chosen.filter(|chosen| !chosen.is_empty()) {
            let folder = PathBuf::from(chosen);
            return Self::at(&folder).map_err(|reason| EmbeddedError::Binaries { path: folder, reason });
        }
        let mut looked: Vec<PathBuf> = path.iter().flat_map(std::env::split_paths).collect();
        looked.extend(DISTRIBUTIONS.iter().flat_map(|pattern| expand(pattern)));
        if let Some(found) = looked.iter().find_map(|folder| Self::at(folder).ok()) {
            return Ok(found);
        }
        otherwise().map_err(|download| {
            let looked = ["PATH"].iter().chain(DISTRIBUTIONS).map(PathBuf::from).collect();
            EmbeddedError::NotFound { looked, major_min: MAJOR_MIN, download }
        })
    }

    #[cfg(test)]
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    pub(crate) fn initdb(&self) -> PathBuf {
        self.folder.join("initdb")
    }

    pub(crate) fn postgres(&self) -> PathBuf {
        self.folder.join("postgres")
    }

    /// The installation whose `postgres` is in `folder`, or why there is none.
    pub(crate) fn at(folder: &Path) -> Result<Self, String> {
        // Links lead to the real programs. A script in their place (a wrapper that changes user, or keeps
        // running beside the server) could neither be stopped nor trusted with our settings.
        let postgres = fs::canonicalize(folder.join("postgres")).map_err(|_| "there is no postgres".to_owned())?;
        if is_script(&postgres) {
            return Err("its postgres is a script".to_owned());
        }
        let folder = postgres.parent().unwrap_or(folder).to_owned();
        if !folder.join("initdb").is_file() {
            return Err("there is no initdb beside postgres".to_owned());
        }
        let output = Command::new(&postgres).arg("--version").output();
        let output = output.map_err(|error| format!("postgres --version cannot be run: {error}"))?;
        let said = String::from_utf8_lossy(&output.stdout);
        match major(&said) {
            Some(major) if major >= MAJOR_MIN => Ok(Self { folder }),
            Some(major) => Err(format!("it is version {major}; {MAJOR_MIN} or newer is needed")),
            None => Err(format!("postgres --version said {:?}", said.trim())),
        }
    }
}

fn is_script(program: &Path) -> bool {
    let mut start = [0; 2];
    File::open(program).and_then(|mut file| file.read_exact(&mut start)).is_ok() && &start == b"#!"
}

/// The major version in what `postgres --version` prints: `postgres (PostgreSQL) 15.16 (Debian 15.16-0+deb12u1)`.
fn major(said: &str) -> Option<u32> {
    let version = said.strip_prefix("postgres (PostgreSQL) ")?;
    let digits = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    version[..digits].parse().ok()
}

/// The folders that a pattern with at most one `*` stands for, newest version first.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else {
        return vec![PathBuf::from(pattern)];
    };
    let (parent, prefix) = before.rsplit_once('/').unwrap_or(("", before));
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir(format!("{parent}/"))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = name.strip_prefix(prefix)?.split('.').next()?.parse().ok()?;
            Some((version, PathBuf::from(format!("{parent}/{name}{after}"))))
        })
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, folder)| folder).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn program(folder: &Path, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn reads_versions() {
        assert_eq!(major("postgres (PostgreSQL) 15.16 (Debian 15.16-0+deb12u1)\n"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major("pg_ctl (PostgreSQL) 15.1\n"), None);
    }

    #[test]
    fn takes_the_newest_by_number() {
        let root = tempfile::tempdir().unwrap();
        for version in ["9", "16", "15", "share"] {
            fs::create_dir_all(root.path().join(version).join("bin")).unwrap();
        }
        let found = expand(&format!("{}/*/bin", root.path().display()));
        let expected: Vec<PathBuf> = ["16", "15", "9"].iter().map(|v| root.path().join(v).join("bin")).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn passes_over_wrappers() {
        let folder = tempfile::tempdir().unwrap();
        program(folder.path(), "postgres", "#!/bin/sh\necho 'postgres (PostgreSQL) 15.1'\n");
        program(folder.path(), "initdb", "#!/bin/sh\n");
        assert_eq!(Binaries::at(folder.path()), Err("its postgres is a script".to_owned()));
    }

    #[test]
    fn a_wrong_choice_is_an_error_and_not_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let error =
            Binaries::find(Some(folder.path().into()), std::env::var_os("PATH"), || unreachable!()).unwrap_err();
        let said = error.to_string();
        assert!(said.starts_with("LANEWAY_POSTGRES_BIN=") && said.contains("there is no postgres"), "{said}");
    }
}
