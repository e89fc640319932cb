//! Where PostgreSQL's programs are: installed, or kept from an earlier download. Starts nothing but
//! `postgres --version`, and depends on nothing that takes long to build: `cargo xtask demo` asks before it builds.

#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest version that serves: the oldest that Laneway is tested with.
pub const MAJOR_MIN: u32 = 15;

/// Folders of distributions that are searched, `*` standing for a part that holds the version: the newest comes first.
pub const DISTRIBUTIONS: &[&str] = &[
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
pub struct Binaries {
    folder: PathBuf,
    major: u32,
}

/// A folder that does not hold the programs of a usable PostgreSQL.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unusable {
    folder: PathBuf,
    reason: String,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.folder.display(), self.reason)
    }
}

impl std::error::Error for Unusable {}

impl Binaries {
    /// The first usable installation: the one that `LANEWAY_POSTGRES_BIN` names, else one on `PATH`, else the
    /// distribution's newest, else the newest download that is kept. `None` where nothing is installed.
    ///
    /// # Errors
    /// When the one that is named is unusable.
    pub fn find() -> Result<Option<Self>, Unusable> {
        Self::search(env("LANEWAY_POSTGRES_BIN"), env("PATH"))
    }

    fn search(chosen: Option<OsString>, path: Option<OsString>) -> Result<Option<Self>, Unusable> {
        if let Some(path) = chosen.map(PathBuf::from) {
            return Self::at(&path).map(Some);
        }
        let on_path = path.iter().flat_map(std::env::split_paths);
        let mut folders = on_path.chain(DISTRIBUTIONS.iter().flat_map(|pattern| expand(pattern)));
        let installed = folders.find_map(|folder| Self::at(&folder).ok());
        Ok(installed.or_else(|| Self::downloaded(&download_folder()?)))
    }

    /// The newest version among the downloads in `folder`.
    #[must_use]
    pub fn downloaded(folder: &Path) -> Option<Self> {
        Self::kept(folder).into_iter().next()
    }

    /// Every usable version in `folder`, each in a folder named by its version, newest first.
    #[must_use]
    pub fn kept(folder: &Path) -> Vec<Self> {
        expand(&format!("{}/*/bin", folder.display())).iter().filter_map(|folder| Self::at(folder).ok()).collect()
    }

    /// `initdb`, which makes a cluster, and `postgres`, the server.
    #[must_use]
    pub fn programs(&self) -> [PathBuf; 2] {
        ["initdb", "postgres"].map(|program| self.folder.join(program))
    }

    /// The folder of its programs.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its major version, such as 15.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.major
    }

    /// The installation whose `postgres` is in `folder`.
    ///
    /// # Errors
    /// When there is none, or an unusable one.
    pub fn at(folder: &Path) -> Result<Self, Unusable> {
        Self::usable(folder).map_err(|reason| Unusable { folder: folder.to_owned(), reason })
    }

    /// The same; the error is the reason alone.
    fn usable(folder: &Path) -> Result<Self, String> {
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
        let printed = String::from_utf8_lossy(&output.stdout);
        match major(&printed) {
            Some(major) if major >= MAJOR_MIN => Ok(Self { folder, major }),
            Some(major) => Err(format!("it is version {major}; {MAJOR_MIN} or newer is needed")),
            None => Err(format!("postgres --version printed {:?}", printed.trim())),
        }
    }
}

/// Where downloads are kept, by version: the user's cache; for root a folder that the server's user may enter.
#[must_use]
pub fn download_folder() -> Option<PathBuf> {
    #[cfg(unix)]
    let is_root = nix::unistd::Uid::effective().is_root();
    #[cfg(not(unix))]
    let is_root = false;
    folder_of_downloads(env, is_root)
}

fn folder_of_downloads(env: impl Fn(&str) -> Option<OsString>, is_root: bool) -> Option<PathBuf> {
    if is_root {
        return Some(PathBuf::from("/var/cache/laneway/postgresql"));
    }
    let cache = env("XDG_CACHE_HOME").map(PathBuf::from).or_else(|| Some(Path::new(&env("HOME")?).join(".cache")))?;
    Some(cache.join("laneway/postgresql"))
}

/// A variable that is set to something.
fn env(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

fn is_script(program: &Path) -> bool {
    let mut start = [0; 2];
    File::open(program).and_then(|mut file| file.read_exact(&mut start)).is_ok() && &start == b"#!"
}

/// The major version in what `postgres --version` prints: `postgres (PostgreSQL) 15.16 (Debian 15.16-0+deb12u1)`.
fn major(printed: &str) -> Option<u32> {
    let version = printed.strip_prefix("postgres (PostgreSQL) ")?;
    let digits = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    version[..digits].parse().ok()
}

/// The folders that match a pattern with at most one `*`, newest version first.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else {
        return vec![PathBuf::from(pattern)];
    };
    let (parent, prefix) = before.rsplit_once('/').unwrap_or(("", before));
    let mut found: Vec<(Vec<u32>, PathBuf)> = fs::read_dir(format!("{parent}/"))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version: Vec<u32> = name.strip_prefix(prefix)?.split('.').map_while(|part| part.parse().ok()).collect();
            (!version.is_empty()).then(|| (version, PathBuf::from(format!("{parent}/{name}{after}"))))
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
        for version in ["9", "17.2.0", "17.10.0", "15", "share"] {
            fs::create_dir_all(root.path().join(version).join("bin")).unwrap();
        }
        let found = expand(&format!("{}/*/bin", root.path().display()));
        let expected: Vec<PathBuf> =
            ["17.10.0", "17.2.0", "15", "9"].iter().map(|v| root.path().join(v).join("bin")).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn passes_over_wrappers() {
        let folder = tempfile::tempdir().unwrap();
        program(folder.path(), "postgres", "#!/bin/sh\necho 'postgres (PostgreSQL) 15.1'\n");
        program(folder.path(), "initdb", "#!/bin/sh\n");
        assert_eq!(Binaries::at(folder.path()).unwrap_err().reason, "its postgres is a script");
    }

    #[test]
    fn a_wrong_choice_is_an_error_and_not_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let error = Binaries::search(Some(folder.path().into()), env("PATH")).unwrap_err();
        assert_eq!((error.folder.as_path(), error.reason.as_str()), (folder.path(), "there is no postgres"));
    }

    #[test]
    fn downloads_are_kept_in_the_users_cache() {
        let env = |name: &str| (name == "HOME").then(|| OsString::from("/home/a"));
        assert_eq!(folder_of_downloads(env, false), Some("/home/a/.cache/laneway/postgresql".into()));
        assert_eq!(folder_of_downloads(env, true), Some("/var/cache/laneway/postgresql".into()));
        assert_eq!(folder_of_downloads(|_| None, false), None);
    }
}
