//! `cargo xtask package`: a tarball for each platform and the NuGet packages, and programs that are built against them from
//! nothing.

mod consumers;
mod files;
mod glibc;
mod native;
mod nuget;
mod options;
mod pkgconfig;
mod platform;
mod plugins;
mod profile;
mod repack;
mod sums;
mod tarball;
mod toolchain;
mod zip;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use self::consumers::c::{self, Linked};
use self::consumers::elsewhere::{self, Unpacked};
use self::consumers::is_installed;
use self::consumers::runner::Runner;
use self::consumers::server::Server;
use self::native::Native;
use self::options::Options;
use self::platform::{Platform, System};
use self::profile::Profile;
use self::tarball::Effort;
use self::toolchain::Toolchain;
use crate::cargo::exit;
use crate::skips::Skips;
use crate::supply::{Graph, notices, sbom};
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
    let platforms = if options.platforms.is_empty() { vec![platform::here()?] } else { options.platforms.clone() };
    // Before anything is built, which takes long.
    let find = |platform| Toolchain::find(platform, options.glibc);
    let toolchains = platforms.into_iter().map(find).collect::<Result<Vec<_>, _>>()?;
    let mut stage = Stage::new()?;
    for toolchain in &toolchains {
        let native = tally
            .part(&part("the native library", toolchain.platform), |_| native::build(toolchain, options.profile))?;
        stage.add(toolchain.platform, &native)?;
    }
    files::make_folder(&options.out)?;
    let out = options.out.canonicalize().unwrap_or_else(|_| options.out.clone());
    let compiler = stage.compiler()?;
    let schemas = plugins::schemas(&compiler, &stage.folder.join("schemas"), options.profile)?;
    let tarballs = stage.tarballs(tally, &out, &compiler, &schemas, effort(options.profile))?;
    used(tally, &tarballs, &toolchains, &compiler);
    let mut packed: Vec<PathBuf> = tarballs.into_iter().map(|tarball| tarball.file).collect();
    packed.extend(stage.nuget_packages(tally, &out, options.others.as_deref())?);
    packed.push(sums::write(&out, &packed)?);
    Ok(packed)
}

/// Only release builds are handed out.
fn effort(profile: Profile) -> Effort {
    match profile {
        Profile::Release => Effort::Small,
        Profile::Dev => Effort::Quick,
    }
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
    let here = platform::here()?;
    let mut stage = Stage::new()?;
    stage.add(here, &native::of_tests(here))?;
    let out = stage.folder.join("dist");
    files::make_folder(&out)?;
    let compiler = stage.compiler()?;
    let schemas = plugins::generated(&compiler, &stage.folder.join("schemas"))?;
    stage.tarballs(tally, &out, &compiler, &schemas, Effort::Quick)?;
    stage.nuget_packages(tally, &out, None).map(drop)
}

/// What packages are made of: for each platform copies, without what only debuggers read.
struct Stage {
    folder: PathBuf,
    built: Vec<(&'static Platform, Native)>,
}

/// A platform's tarball.
struct Tarball {
    platform: &'static Platform,
    file: PathBuf,
}

impl Stage {
    fn new() -> Result<Self, String> {
        let folder = workspace::target().join("package");
        files::make_empty(&folder)?;
        Ok(Self { folder, built: Vec::new() })
    }

    fn add(&mut self, platform: &'static Platform, native: &Native) -> Result<(), String> {
        let native = native.stripped(platform, &self.folder.join("native").join(platform.rid))?;
        println!("{}", listed(&native.shared));
        let asked_for = [&native.shared, &native.program].into_iter().filter_map(|file| glibc::asked_for(file)).max();
        if let Some(glibc) = asked_for {
            println!("built here, library and program need glibc {glibc} or newer");
        }
        self.built.push((platform, native));
        Ok(())
    }

    /// The program that compiles the plugins, which are the same bytes on every platform.
    fn compiler(&self) -> Result<PathBuf, String> {
        let here = platform::here()?;
        let own = self.built.iter().find(|(platform, _)| *platform == here).map(|(_, native)| native.program.clone());
        own.map_or_else(plugins::program, Ok)
    }

    /// Packs and lists the tarballs.
    fn tarballs(
        &self,
        tally: &mut Tally,
        out: &Path,
        compiler: &Path,
        schemas: &[PathBuf],
        effort: Effort,
    ) -> Result<Vec<Tarball>, String> {
        let plugins = self.folder.join("plugins");
        plugins::compile(compiler, schemas, &plugins)?;
        let mut tarballs = Vec::new();
        for (platform, native) in &self.built {
            let file = out.join(tarball::name(VERSION, platform));
            let tree = self.folder.join(tarball::stem(VERSION, platform));
            tally.part(&part("the tarball", platform), |_| {
                tarball::lay_out(&tree, platform, native, VERSION, &plugins)?;
                write_supply(&tree, &[platform])?;
                tarball::pack(&tree, &file, effort)
            })?;
            tally.judge(&part("the tarball has the same bytes when it is packed again", platform), || {
                let again = self.folder.join("again.tar.gz");
                tarball::pack(&tree, &again, effort)?;
                same(&file, &again)
            });
            println!("{}", listed(&file));
            if platform::here() == Ok(*platform) {
                consumed_by_c(tally, &file, &tarball::stem(VERSION, platform));
            }
            tarballs.push(Tarball { platform, file });
        }
        Ok(tarballs)
    }

    /// Packs the NuGet packages with all libraries, and tries the one of the platform that this runs on.
    fn nuget_packages(&self, tally: &mut Tally, out: &Path, others: Option<&Path>) -> Result<Vec<PathBuf>, String> {
        if !dotnet::is_installed() {
            tally.skip("the NuGet packages", dotnet::MISSING);
            return Ok(Vec::new());
        }
        let runtimes = self.folder.join("nuget");
        let built: Vec<_> = self.built.iter().map(|(platform, native)| (*platform, native)).collect();
        nuget::lay_out(&runtimes, &built, others)?;
        let platforms: Vec<_> = built.iter().map(|(platform, _)| *platform).collect();
        write_supply(&runtimes.join("legal"), &platforms)?;
        let packed = tally.part("the NuGet packages", |_| nuget::pack(out, &runtimes, VERSION))?;
        tally.judge("the NuGet packages have the same bytes when they are packed again", || {
            let again = self.folder.join("again");
            files::make_empty(&again)?;
            let twice = nuget::pack(&again, &runtimes, VERSION)?;
            packed.iter().zip(&twice).try_for_each(|(one, other)| same(one, other))
        });
        packed.iter().for_each(|file| println!("{}", listed(file)));
        let name = "a .NET program built against the NuGet packages from an empty folder runs";
        let here = platform::here()?;
        if built.iter().any(|(platform, _)| *platform == here) {
            tally.judge(name, || consumers::dotnet::check(out, VERSION, &self.folder.join("plugins")));
        } else {
            tally.skip(name, &format!("they have no library for {}, on which this runs", here.rid));
        }
        Ok(packed)
    }
}

/// What is linked in besides our own code: as a bill of materials, and as the notices that its licences ask for.
fn write_supply(folder: &Path, platforms: &[&Platform]) -> Result<(), String> {
    let linked = |platform: &&Platform| Graph::linked(&["laneway-ffi", "laneway-cli"], platform.target);
    let graphs = platforms.iter().map(linked).collect::<Result<Vec<_>, _>>()?;
    let graph = graphs.into_iter().fold(Graph::default(), Graph::and);
    files::write(&folder.join("THIRD-PARTY-NOTICES.txt"), notices(&graph, VERSION)?.as_bytes())?;
    files::write(&folder.join("laneway.cdx.json"), sbom(&graph, VERSION)?.as_bytes())
}

fn same(one: &Path, other: &Path) -> Result<(), String> {
    if files::read(one)? == files::read(other)? {
        return Ok(());
    }
    Err(format!("{} and {} differ", one.display(), other.display()))
}

/// A part's name, which says for which platform where it is another one than this runs on.
fn part(name: &str, platform: &Platform) -> String {
    if platform::here() == Ok(platform) { name.to_owned() } else { format!("{name} for {}", platform.rid) }
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

/// Runs what lies in each tarball, and compares what its plugins extract with what `compiler` does, which runs here.
fn used(tally: &mut Tally, tarballs: &[Tarball], toolchains: &[Toolchain], compiler: &Path) {
    let server = Server::start();
    let wanted = elsewhere::extractions_here(compiler);
    for (tarball, toolchain) in tarballs.iter().zip(toolchains) {
        let rid = tarball.platform.rid;
        let stem = tarball::stem(VERSION, tarball.platform);
        let unpacked = match Runner::find(tarball.platform) {
            Ok(runner) => Unpacked::new(&tarball.file, &stem, toolchain, runner),
            Err(reason) => {
                tally.skip(&format!("what is packed for {rid} runs"), &reason);
                continue;
            }
        };
        let unpacked = match unpacked {
            Ok(unpacked) => unpacked,
            Err(message) => {
                println!("{message}");
                tally.check(&format!("what is packed for {rid} can be unpacked"), false);
                continue;
            }
        };
        for source in ["tests/packages/c/consumer.c", "tests/c/echo.c"] {
            tally.judge(&format!("{rid}: {source} runs"), || unpacked.runs_c(source));
        }
        tally.judge(&format!("{rid}: plugins extract the same as on every platform"), || {
            let is_same = unpacked.extractions()? == *wanted.as_ref()?;
            if is_same { Ok(()) } else { Err("another extraction than the one made here".to_owned()) }
        });
        if tarball.platform.system() == System::Windows {
            let name = format!("{rid}: what it has no counterpart of is refused or named");
            tally.judge(&name, || unpacked.names_what_is_missing());
        }
        let name = format!("{rid}: documents are loaded into PostgreSQL");
        match &server {
            Ok(server) => tally.judge(&name, || unpacked.loads(server)),
            Err(reason) => tally.skip(&name, reason),
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
