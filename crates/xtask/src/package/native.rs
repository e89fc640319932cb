//! What is native: built here for some platform, or by the tests before.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::platform::{Platform, System};
use super::profile::Profile;
use super::toolchain::Toolchain;
use super::{files, glibc};
use crate::cargo::succeeds;
use crate::workspace;

/// The files.
pub(super) struct Native {
    pub(super) shared: PathBuf,
    pub(super) archive: PathBuf,
    pub(super) program: PathBuf,
    /// What programs for Windows are linked with.
    pub(super) import: Option<PathBuf>,
}

/// Builds libraries and program for a platform by one command, so that they share what they depend on.
pub(super) fn build(toolchain: &Toolchain, profile: Profile) -> Result<Native, String> {
    let platform = toolchain.platform;
    println!("building liblaneway and laneway for {} (the first time takes some minutes)…", platform.rid);
    let (mut build, folder) = toolchain.build(profile);
    build.args(["--package", "laneway-ffi", "--package", "laneway-cli", "--features", "laneway-cli/download"]);
    build.args(["--bin", "laneway", "--lib"]);
    if !succeeds(&mut build) {
        return Err(format!("liblaneway did not build for {}", platform.rid));
    }
    let native = Native::in_folders(platform, &folder, &folder);
    if let Some(oldest) = toolchain.oldest {
        glibc::check(&native.shared, oldest)?;
        glibc::check(&native.program, oldest)?;
    }
    Ok(native)
}

/// What `cargo test` has built.
pub(super) fn of_tests(platform: &Platform) -> Native {
    let folder = workspace::target().join(Profile::Dev.folder());
    // Cargo lifts programs out of `deps`, and libraries only for `cargo build`.
    Native::in_folders(platform, &folder.join("deps"), &folder)
}

impl Native {
    fn in_folders(platform: &Platform, libraries: &Path, programs: &Path) -> Self {
        let is_windows = platform.system() == System::Windows;
        Self {
            shared: libraries.join(platform.library),
            archive: libraries.join("liblaneway.a"),
            program: programs.join(platform.program("laneway")),
            import: is_windows.then(|| libraries.join("liblaneway.dll.a")),
        }
    }

    /// Copies into `folder`, without what only debuggers read: function names stay, for backtraces.
    pub(super) fn stripped(&self, platform: &Platform, folder: &Path) -> Result<Self, String> {
        let copy = |from: &Path| -> Result<PathBuf, String> {
            let to = folder.join(from.file_name().unwrap_or_default());
            files::copy(from, &to)?;
            strip(platform, &to)?;
            Ok(to)
        };
        Ok(Self {
            shared: copy(&self.shared)?,
            archive: copy(&self.archive)?,
            program: copy(&self.program)?,
            import: self.import.as_deref().map(copy).transpose()?,
        })
    }
}

/// Programs that strip, each with what it knows: binutils' own knows the processor that it runs on, and Windows on that.
fn strip(platform: &Platform, file: &Path) -> Result<(), String> {
    let programs: &[&str] = if platform.is_arm() == cfg!(target_arch = "aarch64") {
        &["strip", "llvm-strip"]
    } else if platform.is_arm() {
        &["aarch64-linux-gnu-strip", "llvm-strip"]
    } else {
        &["x86_64-linux-gnu-strip", "llvm-strip"]
    };
    for program in programs {
        match Command::new(program).arg("--strip-debug").arg(file).stdin(Stdio::null()).status() {
            Ok(status) if status.success() => return Ok(()),
            Ok(status) => return Err(format!("{program} {}: {status}", file.display())),
            Err(_) => {}
        }
    }
    Err(format!("none of {} is installed (binutils, or LLVM's)", programs.join(", ")))
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
    fn the_abi_s_version_is_the_header_s() {
        assert_eq!(abi_major("#define LANEWAY_ABI_VERSION 131075\n"), Ok(2));
        assert!(abi_major("#define X 1\n").is_err());
        assert_eq!(abi_major(include_str!("../../../../include/laneway.h")), Ok(1));
    }
}
