//! What is native: built here for some platform, or by the tests before.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::files;
use super::platform::{Platform, System};
use super::toolchain::{self, Toolchain};
use crate::cargo::succeeds;
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

    /// As cargo names it.
    pub(super) fn name(self) -> &'static str {
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
    /// What programs for Windows are linked with.
    pub(super) import: Option<PathBuf>,
}

/// Builds libraries and program for a platform by one command, so that they share what they depend on.
pub(super) fn build(toolchain: &Toolchain, profile: Profile) -> Result<Native, String> {
    let platform = toolchain.platform;
    println!("building liblaneway and laneway for {} (the first time takes some minutes)…", platform.rid);
    let mut build = toolchain.build(profile.name());
    build.args(["--package", "laneway-ffi", "--package", "laneway-cli", "--features", "laneway-cli/download"]);
    build.args(["--bin", "laneway", "--lib"]);
    if !succeeds(&mut build) {
        return Err(format!("liblaneway did not build for {}", platform.rid));
    }
    let folder = toolchain.target_folder.join(platform.target).join(profile.folder());
    let native = Native::in_folders(platform, &folder, &folder);
    if platform.system() == System::Glibc {
        below_floor(&native.shared)?;
        below_floor(&native.program)?;
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

/// An error where a file asks for a newer glibc than the oldest that it is to run with.
fn below_floor(file: &Path) -> Result<(), String> {
    let (major, minor) = toolchain::GLIBC;
    match glibc_of(file) {
        Some(newest) if newest <= toolchain::GLIBC => Ok(()),
        Some((newer_major, newer_minor)) => Err(format!(
            "{} needs glibc {newer_major}.{newer_minor}, and is to run with {major}.{minor}: objdump -T names what is newer",
            file.display()
        )),
        None => Err(format!("objdump -T found no version of glibc in {}", file.display())),
    }
}

/// The newest version of glibc that a library asks for, by what `objdump -T` prints of it.
pub(super) fn glibc_of(library: &Path) -> Option<(u32, u32)> {
    // binutils' own reads the symbols of the processor that it runs on alone.
    let print = |program| Command::new(program).arg("-T").arg(library).stdin(Stdio::null()).output().ok();
    let programs = ["objdump", "aarch64-linux-gnu-objdump", "x86_64-linux-gnu-objdump", "llvm-objdump"];
    programs.into_iter().filter_map(print).find_map(|printed| glibc(&String::from_utf8_lossy(&printed.stdout)))
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
