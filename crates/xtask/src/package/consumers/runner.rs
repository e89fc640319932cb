//! How programs of a platform are run on Linux: as they are, under musl's own loader, or by an emulator.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{is_installed, output, unbiased};
use crate::package::files;
use crate::package::platform::{Platform, System};

/// glibc for ARM, of Debian's libc6-dev-arm64-cross.
const GLIBC_OF_ARM: &str = "/usr/aarch64-linux-gnu";
/// What emulates ARM (Debian's qemu-user).
const QEMU: &str = "qemu-aarch64";
/// The only thing of Windows that Debian's wine lacks: random numbers.
const RANDOM_NUMBERS: &str = "\
    #include <windows.h>\n\
    #include <ntsecapi.h>\n\
    __declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE to, SIZE_T count) { return RtlGenRandom(to, (ULONG)count); }\n";

/// A platform's way.
pub(in crate::package) struct Runner {
    /// What stands in front of a program.
    wrapper: Vec<OsString>,
    environment: Vec<(&'static str, OsString)>,
    /// Its folder, and what has to end before that can go: wine's server writes to it.
    folder: Option<(TempDir, Command)>,
}

impl Drop for Runner {
    fn drop(&mut self) {
        if let Some((_, end)) = &mut self.folder {
            let _ = end.status();
        }
    }
}

impl Runner {
    /// Finds it; the error is why programs of the platform cannot be run here.
    pub(in crate::package) fn find(platform: &Platform) -> Result<Self, String> {
        let is_own_processor = platform.is_arm() == cfg!(target_arch = "aarch64");
        match (platform.system(), is_own_processor) {
            (System::Windows, true) => wine(),
            (System::Windows, false) => Err("wine runs programs for this processor alone".to_owned()),
            (System::Glibc, true) => Ok(Self::of(&[])),
            (System::Musl, true) => loader(platform, [PathBuf::from("/")]).map(|_| Self::of(&[])),
            (System::Glibc, false) => {
                if !Path::new(GLIBC_OF_ARM).is_dir() {
                    return Err(format!("{GLIBC_OF_ARM} is not there (Debian's libc6-dev-arm64-cross)"));
                }
                qemu(Path::new(GLIBC_OF_ARM))
            }
            (System::Musl, false) => qemu(&loader(platform, [musl_of_arm()])?),
        }
    }

    fn of(wrapper: &[&Path]) -> Self {
        let wrapper = wrapper.iter().map(|part| part.as_os_str().to_owned()).collect();
        Self { wrapper, environment: Vec::new(), folder: None }
    }

    /// A command that runs a program.
    pub(in crate::package) fn command(&self, program: &Path) -> Command {
        let mut parts = self.wrapper.iter().map(OsString::as_os_str).chain([program.as_os_str()]);
        let mut command = Command::new(parts.next().unwrap_or(program.as_os_str()));
        command.args(parts).envs(self.environment.iter().map(|(name, value)| (name, value)));
        unbiased(command)
    }
}

fn qemu(root: &Path) -> Result<Runner, String> {
    if !is_installed(QEMU) {
        return Err(format!("{QEMU} is not installed (Debian's qemu-user)"));
    }
    Ok(Runner::of(&[Path::new(QEMU), Path::new("-L"), root]))
}

/// Where `.ci/platforms` unpacks Debian's musl for ARM.
fn musl_of_arm() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cache"))).unwrap_or_default();
    cache.join("laneway/musl-arm64")
}

/// The first of the folders that has musl's loader.
fn loader(platform: &Platform, roots: [PathBuf; 1]) -> Result<PathBuf, String> {
    let name = format!("lib/ld-musl-{}.so.1", if platform.is_arm() { "aarch64" } else { "x86_64" });
    let missing =
        || format!("there is no {} (Debian's package musl; .ci/platforms brings it)", roots[0].join(&name).display());
    roots.iter().find(|root| root.join(&name).exists()).cloned().ok_or_else(missing)
}

fn wine() -> Result<Runner, String> {
    let wine = ["wine64", "wine", "/usr/lib/wine/wine64"].into_iter().find(|wine| is_installed(wine));
    let wine = wine.ok_or("wine is not installed (Debian's wine64)")?;
    let folder = files::temporary()?;
    let (source, library) = (folder.path().join("random.c"), folder.path().join("bcryptprimitives.dll"));
    files::write(&source, RANDOM_NUMBERS.as_bytes())?;
    let mut compile = Command::new("x86_64-w64-mingw32-gcc");
    output(compile.args(["-shared", "-o"]).arg(&library).arg(&source).arg("-ladvapi32"))?;
    let mut runner = Runner::of(&[Path::new(wine)]);
    runner.environment = vec![
        ("WINEPREFIX", folder.path().join("prefix").into()),
        ("WINEDEBUG", "-all".into()),
        // Folders that are searched behind the program's own.
        ("WINEPATH", format!("Z:{}", folder.path().display()).replace('/', "\\").into()),
    ];
    let mut end = Command::new("wineserver");
    // Waits until it has ended, too.
    end.arg("--kill").envs(runner.environment.iter().map(|(name, value)| (name, value)));
    runner.folder = Some((folder, end));
    Ok(runner)
}
