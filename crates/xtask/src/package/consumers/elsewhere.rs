//! A platform's tarball in use: unpacked into an empty folder, C programs built against it by that platform's compiler, and
//! its own program; each run as [`Runner`] can.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value as Json;
use tempfile::TempDir;

use super::output;
use super::runner::Runner;
use super::server::Server;
use crate::package::platform::{Platform, System};
use crate::package::toolchain::Toolchain;
use crate::package::{files, tarball};
use crate::workspace;

/// Documents whose extractions are compared. Emulators are slow.
const EXTRACTED: &str = "300";
/// Documents that are loaded.
const LOADED: &str = "1000";
/// What Windows has no counterpart of: a command, whether it is refused for that, and words that say so.
const WITHOUT_COUNTERPART: [(&[&str], bool, &str); 4] = [
    (&["deploy", "--url", "host=/tmp dbname=postgres"], true, "sockets in the file system"),
    (&["demo", "--documents", "100"], true, "set LANEWAY_DATABASE_URL"),
    // Of what `extractions` has left there.
    (&["extract", "--plugins", "plugins", "data/documents", "--code-cache", "code"], true, "not known who may write"),
    (&["plugin", "keygen", "key"], false, "whoever may read its folder"),
];

/// An unpacked tarball, and how its programs run.
pub(in crate::package) struct Unpacked<'a> {
    platform: &'static Platform,
    toolchain: &'a Toolchain,
    runner: Runner,
    folder: PathBuf,
    empty: TempDir,
}

impl<'a> Unpacked<'a> {
    /// Unpacks it.
    pub(in crate::package) fn new(
        packed: &Path,
        stem: &str,
        toolchain: &'a Toolchain,
        runner: Runner,
    ) -> Result<Self, String> {
        let empty = files::temporary()?;
        tarball::unpack(packed, empty.path())?;
        let folder = empty.path().join(stem);
        Ok(Self { platform: toolchain.platform, toolchain, runner, folder, empty })
    }

    /// Builds a C program of the repository's against the unpacked library, and runs it.
    pub(in crate::package) fn runs_c(&self, source: &str) -> Result<(), String> {
        let name = Path::new(source).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let folder = self.empty.path().join(&name);
        let program = folder.join(self.platform.program(&name));
        let copy = folder.join("program.c");
        files::copy(&workspace::root().join(source), &copy)?;
        let mut compile = super::unbiased(Command::new(&self.toolchain.cc));
        compile.args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-o"]).arg(&program).arg(&copy);
        compile.arg("-I").arg(self.folder.join("include")).arg("-L").arg(self.folder.join("lib"));
        if self.platform.system() == System::Windows {
            // Windows looks beside the program.
            files::copy(&self.folder.join("bin").join(self.platform.library), &folder.join(self.platform.library))?;
            compile.arg("-l:liblaneway.dll.a");
        } else {
            compile.arg("-llaneway").arg(format!("-Wl,-rpath,{}", self.folder.join("lib").display()));
        }
        output(&mut compile)?;
        print!("{}", output(self.runner.command(&program).current_dir(&folder))?);
        Ok(())
    }

    /// What its program and its plugins extract from generated documents.
    pub(in crate::package) fn extractions(&self) -> Result<Vec<u8>, String> {
        extractions_by(|| self.program(), self.empty.path())
    }

    /// Loads generated documents into `server` by its program's demo.
    pub(in crate::package) fn loads(&self, server: &Server) -> Result<(), String> {
        let mut demo = self.program();
        demo.env("LANEWAY_DATABASE_URL", server.url());
        let printed = output(demo.args(["demo", "--documents", LOADED, "--json"]))?;
        let last = printed.lines().last().unwrap_or_default();
        println!("{last}");
        let object: Json = serde_json::from_str(last).map_err(|error| format!("{last}: {error}"))?;
        crate::demo::judge_load(&object)
    }

    /// Whether its program refuses what the platform has not, or says so.
    pub(in crate::package) fn names_what_is_missing(&self) -> Result<(), String> {
        for (arguments, is_refused, words) in WITHOUT_COUNTERPART {
            let mut asked = self.program();
            asked.args(arguments).env_remove("LANEWAY_DATABASE_URL").stdin(Stdio::null());
            let output = asked.output().map_err(|error| format!("cannot run laneway: {error}"))?;
            let printed = String::from_utf8_lossy(&output.stderr);
            let Some(line) = printed.lines().find(|line| line.contains(words)) else {
                return Err(format!("laneway {} does not say `{words}`: {printed}", arguments.join(" ")));
            };
            println!("{line}");
            if output.status.success() == is_refused {
                return Err(format!("laneway {}: {}", arguments.join(" "), output.status));
            }
        }
        Ok(())
    }

    /// Its program, in the empty folder, with no cache but its own.
    fn program(&self) -> Command {
        let mut command = self.runner.command(&self.folder.join("bin").join(self.platform.program("laneway")));
        command.current_dir(self.empty.path()).env("LANEWAY_CODE_CACHE", "off");
        command
    }
}

/// What a program that runs here by itself extracts from the same documents: what every platform's is compared with.
pub(in crate::package) fn extractions_here(program: &Path) -> Result<Vec<u8>, String> {
    let empty = files::temporary()?;
    let command = || {
        let mut command = super::unbiased(Command::new(program));
        command.current_dir(empty.path()).env("LANEWAY_CODE_CACHE", "off");
        command
    };
    extractions_by(command, empty.path())
}

/// Generates documents, compiles their schemas and extracts, all by a program that works in `folder`.
fn extractions_by(program: impl Fn() -> Command, folder: &Path) -> Result<Vec<u8>, String> {
    output(program().args(["generate", "--documents", EXTRACTED, "--output", "data"]))?;
    let schemas = files::entries(&folder.join("data/schemas"))?;
    // Relative: an emulator's program has other names for folders.
    let schemas = schemas.iter().map(|path| Path::new("data/schemas").join(files::name(path)));
    output(program().args(["plugin", "compile", "--output", "plugins"]).args(schemas))?;
    let printed = output(program().args(["extract", "--plugins", "plugins", "data/documents"]))?;
    let lines = printed.lines().count();
    if lines.to_string() != EXTRACTED {
        return Err(format!("{lines} extractions of {EXTRACTED} documents"));
    }
    Ok(printed.into_bytes())
}
