//! How a platform's files are built on Linux: which cargo, which standard library, which compiler and linker for C. The
//! platform that this runs on is built as everything else is, unless an older glibc is asked for. Installs nothing:
//! `.ci/platforms` does.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::files;
use super::glibc::Glibc;
use super::platform::{self, Platform, System};
use super::profile::Profile;
use crate::{cargo, workspace};

/// The oldest glibc that what zig links runs with, unless another is asked for: RHEL 8's. Debian 11 and Ubuntu 20.04 have 2.31.
pub(super) const OLDEST: Glibc = Glibc { major: 2, minor: 28 };
/// Where a distribution's own Rust lies, beside one that rustup brings.
const OF_DISTRIBUTION: &str = "/usr/bin";
/// Debian's compiler for C on Windows.
const MINGW: &str = "x86_64-w64-mingw32-gcc";
/// Names a folder with `zig`, where it is neither in the PATH nor a package of Python's.
const ZIG: &str = "LANEWAY_ZIG";

/// The means of building for a platform.
pub(super) struct Toolchain {
    pub(super) platform: &'static Platform,
    /// Compiles C for it.
    pub(super) cc: PathBuf,
    /// The oldest glibc that what is built must run with. `None`: whatever the compiler's own makes of it.
    pub(super) oldest: Option<Glibc>,
    cross: Option<Cross>,
}

/// What builds for another platform, or for an older glibc, than the ordinary tools do.
struct Cross {
    cargo: PathBuf,
    is_std_built: bool,
    /// Of its own: what another compiler has built cannot be used again.
    target_folder: PathBuf,
}

impl Toolchain {
    /// Finds what is needed, or says how to get it. `oldest`: the oldest glibc to run with, where one is asked for.
    pub(super) fn find(platform: &'static Platform, oldest: Option<Glibc>) -> Result<Self, String> {
        let is_here = platform::here() == Ok(platform);
        let oldest = match (platform.system(), oldest) {
            (System::Glibc, Some(oldest)) => Some(oldest),
            (System::Glibc, None) if !is_here => Some(OLDEST),
            _ => None,
        };
        if is_here && oldest.is_none() {
            return Ok(Self { platform, cc: "cc".into(), oldest, cross: None });
        }
        let target_folder = workspace::target().join("cross");
        let cc = match platform.system() {
            System::Windows => mingw()?,
            System::Glibc | System::Musl => zig_cc(platform, oldest, &target_folder)?,
        };
        let cross = Cross::find(platform, target_folder)?;
        Ok(Self { platform, cc, oldest, cross: Some(cross) })
    }

    /// A `cargo build` for the platform, and the folder that it fills.
    pub(super) fn build(&self, profile: Profile) -> (Command, PathBuf) {
        let (mut build, folder) = match &self.cross {
            None => (cargo::cargo(&["build", "--profile", profile.name()]), workspace::target()),
            Some(cross) => (cross.build(self, profile), cross.target_folder.join(self.platform.target)),
        };
        if self.platform.system() == System::Musl {
            // musl's default is a static C library, of which rustc makes no shared one.
            build.env(of_target(self.platform, "RUSTFLAGS"), "-C target-feature=-crt-static");
        }
        (build, folder.join(profile.folder()))
    }
}

impl Cross {
    fn find(platform: &Platform, target_folder: PathBuf) -> Result<Self, String> {
        let ours = std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from);
        let theirs = Path::new(OF_DISTRIBUTION).join("cargo");
        let cargos = [ours, theirs];
        let with_std = cargos.iter().find(|cargo| has_std(cargo, platform.target));
        let with_source = || cargos.iter().find(|cargo| has_source(cargo));
        let cargo = with_std.or_else(with_source).ok_or_else(|| {
            format!(
                "there is no standard library for {0}: `rustup target add {0}`, or Debian's rustc-web, cargo-web and \
                 rust-web-src, from which it is built (.ci/platforms installs them)",
                platform.target
            )
        })?;
        Ok(Self { cargo: cargo.clone(), is_std_built: with_std.is_none(), target_folder })
    }

    fn build(&self, Toolchain { platform, cc, .. }: &Toolchain, profile: Profile) -> Command {
        let mut build = cargo::with(self.cargo.clone());
        build.args(["build", "--profile", profile.name(), "--target", platform.target]);
        build.env("CARGO_TARGET_DIR", &self.target_folder);
        // The names of functions stay, for backtraces.
        build.env(format!("CARGO_PROFILE_{}_DEBUG", profile.name().to_uppercase()), "0").env("CARGO_INCREMENTAL", "0");
        build.env(format!("CC_{}", platform.target.replace('-', "_")), cc);
        build.env(of_target(platform, "LINKER"), cc);
        if let Some(folder) = self.cargo.parent().filter(|folder| folder.is_absolute()) {
            // The rustc beside it; what rustup tells its cargo to use is another one.
            build.env("PATH", path_with(folder)).env_remove("RUSTC").env_remove("RUSTUP_TOOLCHAIN");
        }
        if self.is_std_built {
            build.arg("-Zbuild-std=std,panic_unwind").env("RUSTC_BOOTSTRAP", "1");
        }
        build
    }
}

/// Cargo's variable for a setting of the platform's target.
fn of_target(platform: &Platform, setting: &str) -> String {
    format!("CARGO_TARGET_{}_{setting}", platform.target.replace('-', "_").to_uppercase())
}

fn path_with(folder: &Path) -> std::ffi::OsString {
    let mut path = folder.as_os_str().to_owned();
    if let Some(rest) = std::env::var_os("PATH") {
        path.push(":");
        path.push(rest);
    }
    path
}

fn mingw() -> Result<PathBuf, String> {
    if answers(Path::new(MINGW), &["--version"]) {
        return Ok(MINGW.into());
    }
    Err(format!("{MINGW} is not installed (Debian's gcc-mingw-w64-x86-64-posix; .ci/platforms installs it)"))
}

/// A script that calls zig as a C compiler for the platform. Its path stays the same, or cargo would build everything anew.
fn zig_cc(platform: &Platform, oldest: Option<Glibc>, target_folder: &Path) -> Result<PathBuf, String> {
    let zig = zig()?;
    let path = target_folder.join("tools").join(platform.rid).join("cc");
    let script = zig_script(&zig, &zig_target(platform, oldest));
    if files::read(&path).ok().as_deref() != Some(script.as_bytes()) {
        files::write(&path, script.as_bytes())?;
        executable(&path)?;
    }
    Ok(path)
}

fn zig_target(platform: &Platform, oldest: Option<Glibc>) -> String {
    let processor = if platform.is_arm() { "aarch64" } else { "x86_64" };
    match oldest {
        Some(oldest) => format!("{processor}-linux-gnu.{oldest}"),
        None => format!("{processor}-linux-musl"),
    }
}

fn zig_script(zig: &Path, target: &str) -> String {
    format!(
        "#!/bin/sh\n\
         # Left out: what rustc, laneway-ffi and the crate `cc` pass and zig does not know. For --exclude-libs the names of\n\
         # others are taken from rustc's list of what is visible, but not a procedural macro's, which is linked by this too\n\
         # where it runs on the platform. zig's checks of C are for its own library.\n\
         for argument do\n\
         \x20 shift\n\
         \x20 case $argument in\n\
         \x20   -m64|--target=*|-Wl,--no-undefined-version|-Wl,--exclude-libs,*) continue ;;\n\
         \x20   -Wl,--version-script=*) sed -i -E '/^ *[[:alnum:]_.$]+;$/{{/^ *(laneway_|__rustc_proc_macro_decls_|rust_metadata_)/!d}}' \"${{argument#*=}}\" ;;\n\
         \x20 esac\n\
         \x20 set -- \"$@\" \"$argument\"\n\
         done\n\
         exec '{}' cc -target {target} -fno-sanitize=all \"$@\"\n",
        zig.display()
    )
}

#[cfg(unix)]
fn executable(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
        .map_err(|error| format!("cannot make {} a program: {error}", path.display()))
}

#[cfg(not(unix))]
fn executable(_: &Path) -> Result<(), String> {
    Ok(())
}

/// zig itself: what `LANEWAY_ZIG` names, one in the PATH, or the one in Python's package `ziglang`.
fn zig() -> Result<PathBuf, String> {
    let named = std::env::var_os(ZIG).map(PathBuf::from);
    let candidates = named.into_iter().chain([PathBuf::from("zig")]).chain(zig_of_python());
    candidates.into_iter().find(|zig| answers(zig, &["version"])).ok_or_else(|| {
        format!(
            "zig is not installed, which links against musl and against an older glibc: `python3 -m pip install ziglang` \
             (.ci/platforms does), or set {ZIG}"
        )
    })
}

fn zig_of_python() -> Option<PathBuf> {
    let ask = "import os, ziglang; print(os.path.join(os.path.dirname(ziglang.__file__), 'zig'))";
    let output = Command::new("python3").args(["-c", ask]).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

fn answers(program: &Path, arguments: &[&str]) -> bool {
    let mut asked = Command::new(program);
    asked.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    asked.status().is_ok_and(|status| status.success())
}

fn has_std(cargo: &Path, target: &str) -> bool {
    let Some(folder) = printed_by_rustc(cargo, &["--print", "target-libdir", "--target", target]) else { return false };
    let is_std = |path: &PathBuf| files::name(path).starts_with("libstd-");
    files::entries(Path::new(&folder)).is_ok_and(|entries| entries.iter().any(is_std))
}

fn has_source(cargo: &Path) -> bool {
    let root = printed_by_rustc(cargo, &["--print", "sysroot"]);
    root.is_some_and(|root| Path::new(&root).join("lib/rustlib/src/rust/library/Cargo.lock").is_file())
}

/// What the rustc beside a cargo prints.
fn printed_by_rustc(cargo: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new(cargo.with_file_name("rustc")).args(arguments).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn the_platform_that_this_runs_on_is_built_by_the_ordinary_tools() {
        let here = platform::here().unwrap();
        let toolchain = Toolchain::find(here, None).unwrap();
        let (build, folder) = toolchain.build(Profile::Dev);
        let arguments: Vec<_> = build.get_args().collect();
        assert_eq!(arguments, ["build", "--profile", "dev"], "as tests are built, so that nothing is built twice");
        assert_eq!((folder, toolchain.oldest), (workspace::target().join("debug"), None));
        assert!(
            build.get_envs().all(|(name, value)| value.is_none() || name.display().to_string().contains("_RUSTFLAGS"))
        );
    }

    #[test]
    fn each_linux_is_linked_for_its_own_c_library() {
        let target = |rid, oldest| zig_target(platform::of(rid).unwrap(), oldest);
        assert_eq!(target("linux-x64", Some(OLDEST)), "x86_64-linux-gnu.2.28");
        assert_eq!(target("linux-musl-arm64", None), "aarch64-linux-musl");
        let script = zig_script(Path::new("/z/zig"), "aarch64-linux-musl");
        assert!(script.ends_with("exec '/z/zig' cc -target aarch64-linux-musl -fno-sanitize=all \"$@\"\n"), "{script}");
    }

    #[test]
    #[cfg(unix)]
    fn of_what_a_library_shows_the_linker_s_script_leaves_our_names_and_those_of_procedural_macros() {
        let folder = files::temporary().unwrap();
        let (script, list) = (folder.path().join("cc"), folder.path().join("list"));
        files::write(&script, zig_script(Path::new("/bin/true"), "x86_64-linux-gnu.2.28").as_bytes()).unwrap();
        let given = "{\n  global:\n    laneway_version;\n    mi_malloc;\n    __rustc_proc_macro_decls_1a__;\n  local:\n    *;\n};\n";
        files::write(&list, given.as_bytes()).unwrap();
        let argument = format!("-Wl,--version-script={}", list.display());
        assert!(Command::new("sh").arg(&script).args(["-m64", &argument]).status().unwrap().success());
        assert_eq!(files::read_text(&list).unwrap(), given.replace("    mi_malloc;\n", ""));
    }
}
