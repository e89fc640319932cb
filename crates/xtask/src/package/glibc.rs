//! Versions of glibc: as options name them, and as `objdump` prints what a file asks for. What they mean to a build is the
//! toolchain's business.

use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::str::FromStr;

/// A version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Glibc {
    pub(super) major: u32,
    pub(super) minor: u32,
}

impl fmt::Display for Glibc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for Glibc {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('.').and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
        let (major, minor) = numbers.ok_or_else(|| format!("{text} is no version of glibc, as 2.28 is"))?;
        Ok(Self { major, minor })
    }
}

/// The newest version that a library or program asks for, by what `objdump -T` prints of it.
pub(super) fn asked_for(file: &Path) -> Option<Glibc> {
    // binutils' own reads the symbols of the processor that it runs on alone.
    let print = |program| Command::new(program).arg("-T").arg(file).stdin(Stdio::null()).output().ok();
    let programs = ["objdump", "aarch64-linux-gnu-objdump", "x86_64-linux-gnu-objdump", "llvm-objdump"];
    programs.into_iter().filter_map(print).find_map(|printed| newest(&String::from_utf8_lossy(&printed.stdout)))
}

fn newest(printed: &str) -> Option<Glibc> {
    // Not each is a number with two parts: 2.2.5, PRIVATE.
    let version = |text: &str| -> Option<Glibc> {
        let mut numbers = text.split([')', ' ']).next()?.split('.').map(str::parse);
        Some(Glibc { major: numbers.next()?.ok()?, minor: numbers.next()?.ok()? })
    };
    printed.split("(GLIBC_").skip(1).filter_map(version).max()
}

/// An error where a file asks for a newer one than the oldest that it is to run with.
pub(super) fn check(file: &Path, oldest: Glibc) -> Result<(), String> {
    match asked_for(file) {
        Some(newest) if newest <= oldest => Ok(()),
        Some(newest) => Err(format!(
            "{} needs glibc {newest}, and is to run with {oldest}: `objdump -T` names what is newer",
            file.display()
        )),
        None => Err(format!("objdump -T found no version of glibc in {}", file.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_found() {
        let printed = "0  DF *UND*  0 (GLIBC_2.9) a\n0  DF *UND*  0 (GLIBC_2.34) b\n0  DF *UND*  0 (GLIBC_2.2.5) c\n\
                       0  DF *UND*  0 (GLIBC_PRIVATE) d\n0  DF *UND*  0 (GCC_3.0) e\n";
        assert_eq!(newest(printed), Some(Glibc { major: 2, minor: 34 }));
        assert_eq!(newest(""), None);
    }

    #[test]
    fn a_version_is_read_as_it_is_displayed() {
        assert_eq!("2.28".parse::<Glibc>().unwrap().to_string(), "2.28");
        assert!("2".parse::<Glibc>().unwrap_err().contains("2 is no version"));
        assert!("2.x".parse::<Glibc>().is_err());
    }
}
