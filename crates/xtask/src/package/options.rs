//! The options of `cargo xtask package`.

use std::path::{Path, PathBuf};

use super::glibc::Glibc;
use super::platform::{self, Platform};
use super::profile::Profile;
use super::toolchain;
use crate::skips::Skips;

/// The options, each with its default.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    /// Where the packages go.
    pub(super) out: PathBuf,
    /// How what is native is built.
    pub(super) profile: Profile,
    /// What is packed; none: the platform that this runs on.
    pub(super) platforms: Vec<&'static Platform>,
    /// The oldest glibc to run with; none: what the tools here make of it for the platform that this runs on.
    pub(super) glibc: Option<Glibc>,
    /// A folder with `runtimes/<rid>/native/*`: libraries that were built on other platforms.
    pub(super) others: Option<PathBuf>,
    /// What a check that cannot run here means.
    pub(super) skips: Skips,
}

impl Options {
    /// Reads the command line. Paths are from `here`, the default from the repository's folder.
    pub(super) fn parse(arguments: &[&str], here: &Path, repository: &Path) -> Result<Self, String> {
        let mut options = Self {
            out: repository.join("dist"),
            profile: Profile::Release,
            platforms: Vec::new(),
            glibc: None,
            others: None,
            skips: Skips::Allowed,
        };
        let mut arguments = arguments.iter();
        while let Some(&name) = arguments.next() {
            if name == "--require-all" {
                options.skips = Skips::Fail;
                continue;
            }
            if name == "--all" {
                options.platforms = platform::PACKED.iter().filter_map(|rid| platform::of(rid)).collect();
                options.glibc.get_or_insert(toolchain::OLDEST);
                continue;
            }
            let mut value = || arguments.next().copied().ok_or_else(|| format!("{name} needs a value"));
            match name {
                "--out" => options.out = here.join(value()?),
                "--native" => options.others = Some(here.join(value()?)),
                "--profile" => options.profile = Profile::named(value()?)?,
                "--glibc" => options.glibc = Some(value()?.parse()?),
                "--platform" => {
                    let platform = platform::packed(value()?)?;
                    if !options.platforms.contains(&platform) {
                        options.platforms.push(platform);
                    }
                }
                _ => return Err(format!("there is no option {name}")),
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Options, String> {
        Options::parse(arguments, Path::new("/here"), Path::new("/repository"))
    }

    #[test]
    fn each_option_is_read() {
        let given = parse(&["--out", "d", "--profile", "dev", "--native", "/n", "--require-all"]).unwrap();
        let wanted = Options {
            out: PathBuf::from("/here/d"),
            profile: Profile::Dev,
            platforms: Vec::new(),
            glibc: None,
            others: Some(PathBuf::from("/n")),
            skips: Skips::Fail,
        };
        assert_eq!(given, wanted);
        let default = parse(&[]).unwrap();
        assert_eq!((default.out, default.profile), (PathBuf::from("/repository/dist"), Profile::Release));
        assert_eq!(parse(&["--out"]).unwrap_err(), "--out needs a value");
        assert!(parse(&["--profile", "fast"]).unwrap_err().contains("fast"));
        assert_eq!(parse(&["--x"]).unwrap_err(), "there is no option --x");
    }

    #[test]
    fn platforms_are_named_one_by_one_or_are_all() {
        let rids = |arguments: &[&str]| -> Vec<_> {
            parse(arguments).unwrap().platforms.iter().map(|platform| platform.rid).collect()
        };
        let twice = ["--platform", "win-x64", "--platform", "linux-x64", "--platform", "win-x64"];
        assert_eq!(rids(&twice), ["win-x64", "linux-x64"]);
        assert_eq!(rids(&["--all"]), platform::PACKED);
        assert!(parse(&["--platform", "osx-x64"]).unwrap_err().contains("osx-x64"));
    }

    #[test]
    fn an_older_glibc_is_for_those_who_ask_for_it_or_for_all() {
        let glibc = |arguments: &[&str]| parse(arguments).unwrap().glibc.map(|glibc| glibc.to_string());
        assert_eq!(glibc(&["--platform", "linux-x64"]), None);
        assert_eq!(glibc(&["--platform", "linux-x64", "--glibc", "2.31"]).as_deref(), Some("2.31"));
        assert_eq!(glibc(&["--all"]).as_deref(), Some("2.28"));
        assert_eq!(glibc(&["--glibc", "2.31", "--all"]), glibc(&["--all", "--glibc", "2.31"]));
        assert!(parse(&["--glibc", "old"]).unwrap_err().contains("old is no version"));
    }
}
