//! What is native: built here, or by the tests before.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::files;
use crate::cargo::{cargo, succeeds};
use crate::workspace;

/// How it is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Profile {
    Release,
    Dev,
}

impl Profile {
    /// As cargo names it.
    pub(super) fn named(name: &str) -> Result<Self, String> {
        match name {
            "release" => Ok(Self::Release),
            "dev" => Ok(Self::Dev),
            _ => Err(format!("there is no profile {name}: release or dev")),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Dev => "dev",
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Dev => "debug",
        }
    }
}

/// The files.
pub(super) struct Native {
    pub(super) shared: PathBuf,
    pub(super) archive: PathBuf,
    pub(super) program: PathBuf,
}

/// Builds libraries and program by one command, so that they share what they depend on.
pub(super) fn build(profile: Profile) -> Result<Native, String> {
    println!("building liblaneway and laneway (the first time takes some minutes)…");
    let mut build = cargo(&["build", "--profile", profile.name(), "--package", "laneway-ffi"]);
    build.args(["--package", "laneway-cli", "--features", "laneway-cli/download", "--bin", "laneway", "--lib"]);
    if !succeeds(&mut build) {
        return Err("liblaneway did not build".to_owned());
    }
    let folder = workspace::target().join(profile.folder());
    Ok(Native::in_folders(&folder, &folder))
}

/// What `cargo test` has built.
pub(super) fn of_tests() -> Native {
    let folder = workspace::target().join(Profile::Dev.folder());
    // Cargo lifts programs out of `deps`, and libraries only for `cargo build`.
    Native::in_folders(&folder.join("deps"), &folder)
}

impl Native {
    fn in_folders(libraries: &Path, programs: &Path) -> Self {
        Self {
            shared: libraries.join("liblaneway.so"),
            archive: libraries.join("liblaneway.a"),
            program: programs.join("laneway"),
        }
    }

    /// Copies into `folder`, without what only debuggers read: function names stay, for backtraces.
    pub(super) fn stripped(&self, folder: &Path) -> Result<Self, String> {
        let copy = |from: &Path| -> Result<PathBuf, String> {
            let to = folder.join(from.file_name().unwrap_or_default());
            files::copy(from, &to)?;
            strip(&to)?;
            Ok(to)
        };
        Ok(Self { shared: copy(&self.shared)?, archive: copy(&self.archive)?, program: copy(&self.program)? })
    }
}

fn strip(file: &Path) -> Result<(), String> {
    let status = Command::new("strip").arg("--strip-debug").arg(file).stdin(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("strip {}: {status}", file.display())),
        Err(error) => Err(format!("strip cannot be run ({error}); it comes with binutils")),
    }
}

/// The newest version of glibc that a library asks for, by what `objdump -T` prints of it.
pub(super) fn glibc_of(library: &Path) -> Option<String> {
    let printed = Command::new("objdump").arg("-T").arg(library).stdin(Stdio::null()).output().ok()?;
    glibc(&String::from_utf8_lossy(&printed.stdout)).map(|(major, minor)| format!("{major}.{minor}"))
}

fn glibc(printed: &str) -> Option<(u32, u32)> {
    let version = |text: &str| -> Option<(u32, u32)> {
        let mut numbers = text.split([')', ' ']).next()?.split('.').map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    };
    printed.split("(GLIBC_").skip(1).filter_map(version).max()
}

/// The major version of the ABI, which the library is named after: from the header.
pub(super) fn abi_major(header: &str) -> Result<u32, String> {
    let (_, rest) = header.split_once("#define LANEWAY_ABI_VERSION ").ok_or("the header has no ABI version")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    digits.parse::<u32>().map(|version| version >> 16).map_err(|error| format!("the header's ABI version: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_glibc_is_found() {
        let printed = "0  DF *UND*  0 (GLIBC_2.9) a\n0  DF *UND*  0 (GLIBC_2.34) b\n0  DF *UND*  0 (GLIBC_2.2.5) c\n\
                       0  DF *UND*  0 (GCC_3.0) d\n";
        assert_eq!(glibc(printed), Some((2, 34)));
        assert_eq!(glibc(""), None);
    }

    #[test]
    fn the_abi_s_version_is_the_header_s() {
        assert_eq!(abi_major("#define LANEWAY_ABI_VERSION 131075\n"), Ok(2));
        assert!(abi_major("#define X 1\n").is_err());
        assert_eq!(abi_major(include_str!("../../../../include/laneway.h")), Ok(1));
    }
}
