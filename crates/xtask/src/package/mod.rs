//! `cargo xtask package`: the tarball and the NuGet packages, and programs that are built against them from nothing.

mod consumers;
mod files;
mod native;
mod nuget;
mod options;
mod pkgconfig;
mod platform;
mod plugins;
mod sums;
mod tarball;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use self::consumers::c::{self, Linked};
use self::consumers::is_installed;
use self::native::Native;
use self::options::Options;
use self::platform::Platform;
use self::tarball::Effort;
use crate::cargo::exit;
use crate::skips::Skips;
use crate::tally::Tally;
use crate::{dotnet, workspace};

/// The workspace's, which this program shares.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Builds, packs, checks, and lists the packages.
pub(crate) fn run(arguments: &[&str]) -> ExitCode {
    let here = std::env::current_dir().unwrap_or_default();
    let options = match Options::parse(arguments, &here, &workspace::root()) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}; `cargo xtask help` lists the options");
            return ExitCode::from(2);
        }
    };
    let mut tally = Tally::default();
    let packed = packed(&mut tally, &options).unwrap_or_else(|message| {
        eprintln!("{message}");
        tally.check("the packages are made", false);
        Vec::new()
    });
    if options.skips == Skips::Fail {
        tally.forbid_skips();
    }
    println!();
    packed.iter().for_each(|file| println!("{}", listed(file)));
    println!("{}", tally.report());
    exit(tally.failed() == 0)
}

fn packed(tally: &mut Tally, options: &Options) -> Result<Vec<PathBuf>, String> {
    let native = tally.part("the native library", |_| native::build(options.profile))?;
    let stage = Stage::set(&native, options.others.as_deref())?;
    let schemas = plugins::schemas(&native.program, &stage.folder.join("schemas"))?;
    files::make_folder(&options.out)?;
    let out = options.out.canonicalize().unwrap_or_else(|_| options.out.clone());
    let mut packed = stage.packed(tally, &out, &schemas, Effort::Small)?;
    packed.push(sums::write(&out, &packed)?);
    Ok(packed)
}

/// The same as a part of all tests, on what they have built, into a folder of its own.
pub(crate) fn check(tally: &mut Tally) {
    if let Err(reason) = platform::here() {
        return tally.skip("packages", &reason);
    }
    if !is_installed("strip") {
        return tally.skip("packages", "strip is not installed (binutils)");
    }
    if let Err(message) = of_tests(tally) {
        println!("{message}");
        tally.check("the packages are made", false);
    }
}

fn of_tests(tally: &mut Tally) -> Result<(), String> {
    let native = native::of_tests();
    let stage = Stage::set(&native, None)?;
    let out = stage.folder.join("dist");
    files::make_folder(&out)?;
    let schemas = plugins::generated(&native.program, &stage.folder.join("schemas"))?;
    stage.packed(tally, &out, &schemas, Effort::Quick).map(drop)
}

/// What packages are made of.
struct Stage {
    platform: &'static Platform,
    folder: PathBuf,
    /// Copies, without what only debuggers read.
    native: Native,
    /// With `runtimes/<rid>/native/`.
    runtimes: PathBuf,
}

impl Stage {
    fn set(native: &Native, others: Option<&Path>) -> Result<Self, String> {
        let platform = platform::here()?;
        let folder = workspace::target().join("package");
        files::make_empty(&folder)?;
        let native = native.stripped(&folder.join("native"))?;
        let runtimes = folder.join("nuget");
        nuget::lay_out(&runtimes, platform, &native, others)?;
        println!("{}", listed(&native.shared));
        if let Some(version) = native::glibc_of(&native.shared) {
            println!("built here, it needs glibc {version} or newer");
        }
        Ok(Self { platform, folder, native, runtimes })
    }

    /// Makes the packages and checks them; what is not installed here is skipped, loudly.
    fn packed(
        &self,
        tally: &mut Tally,
        out: &Path,
        schemas: &[PathBuf],
        effort: Effort,
    ) -> Result<Vec<PathBuf>, String> {
        let stem = tarball::stem(VERSION, self.platform);
        let tree = self.folder.join(&stem);
        let tarball = out.join(format!("{stem}.tar.gz"));
        tally.part("the tarball", |_| {
            tarball::lay_out(&tree, &self.native, VERSION, schemas)?;
            tarball::pack(&tree, &tarball, effort)
        })?;
        println!("{}", listed(&tarball));
        consumed_by_c(tally, &tarball, &stem);
        let mut packed = vec![tarball];
        if dotnet::is_installed() {
            packed.extend(self.nuget_packed(tally, out, &tree)?);
        } else {
            tally.skip("the NuGet packages", dotnet::MISSING);
        }
        Ok(packed)
    }

    fn nuget_packed(&self, tally: &mut Tally, out: &Path, tree: &Path) -> Result<Vec<PathBuf>, String> {
        let packed = tally.part("the NuGet packages", |_| nuget::pack(out, &self.runtimes, VERSION))?;
        packed.iter().for_each(|file| println!("{}", listed(file)));
        let name = "a .NET program built against the NuGet packages from an empty folder runs";
        tally.judge(name, || consumers::dotnet::check(out, VERSION, &tree.join("share/laneway/plugins")));
        Ok(packed)
    }
}

fn consumed_by_c(tally: &mut Tally, tarball: &Path, stem: &str) {
    let missing = ["cc", "pkg-config"].into_iter().find(|program| !is_installed(program));
    for (how, linked) in [("dynamically", Linked::Dynamically), ("statically", Linked::Statically)] {
        let name = format!("a C program linked {how} against the unpacked tarball runs");
        match missing {
            Some(missing) => tally.skip(&name, &format!("{missing} is not installed")),
            None => tally.judge(&name, || c::check(tarball, stem, linked)),
        }
    }
}

/// A file's size and name.
fn listed(file: &Path) -> String {
    let bytes = std::fs::metadata(file).map_or(0, |metadata| metadata.len());
    format!("{:>9}  {}", size(bytes), file.display())
}

fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} B"),
        10_000..10_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_two_digits_at_least() {
        assert_eq!([9_999, 10_000, 9_999_999, 48_200_000].map(size), ["9999 B", "10 kB", "9999 kB", "48 MB"]);
    }
}
