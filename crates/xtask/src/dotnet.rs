//! The .NET binding's build and tests, on what cargo has built for the tests before: the native library, the program,
//! and the example of laneway-embedded that starts a throw-away server.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::cargo::{succeeds, watched_for};
use crate::skips::{Skips, require_all};
use crate::tally::Tally;
use crate::workspace;

/// What the binding is built for; net8.0 runs on whatever runtime there is.
pub(crate) const FRAMEWORKS: [&str; 2] = ["net10.0", "net8.0"];
/// Why there is nothing to see of .NET.
pub(crate) const MISSING: &str = "dotnet is not installed (the SDK that bindings/dotnet/global.json names)";
/// Longer than a busy machine takes for the tests of one framework, which is half a minute on a quiet one.
const RUN_MAX: Duration = Duration::from_secs(600);

/// Builds the solution, warnings being errors there, and runs its tests on each framework.
pub(crate) fn check(tally: &mut Tally, skips: Skips) {
    if !is_installed() {
        return tally.skip(".NET", MISSING);
    }
    let folder = workspace::root().join("bindings/dotnet");
    let built = succeeds(command(&folder).args([
        "build",
        "Laneway.slnx",
        "-m:1",
        "--disable-build-servers",
        "-nodeReuse:false",
    ]));
    tally.check(".NET builds without warnings", built);
    if !built {
        return;
    }
    match Stage::set() {
        Ok(stage) => {
            for framework in FRAMEWORKS {
                tally.part(framework, |tally| tested(tally, &folder, framework, &stage, skips));
            }
        }
        Err(message) => {
            println!("{message}");
            tally.check(".NET has what its tests run on", false);
        }
    }
}

/// Whether there is an SDK.
pub(crate) fn is_installed() -> bool {
    let mut asked = Command::new("dotnet");
    asked.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    asked.status().is_ok_and(|status| status.success())
}

/// A command of the SDK's, in a folder.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new("dotnet");
    // A build server that stays would hold our pipes open.
    command.current_dir(folder).env("MSBUILDDISABLENODEREUSE", "1").env("DOTNET_CLI_TELEMETRY_OPTOUT", "1");
    command
}

fn tested(tally: &mut Tally, folder: &Path, framework: &str, stage: &Stage, skips: Skips) {
    let tests = folder.join("tests/Laneway.Tests/bin/Debug").join(framework);
    let mut run = command(&tests);
    // The assembly itself: xunit's own runner, which prints its counts in one line.
    run.args(["exec", "Laneway.Tests.dll", "-noLogo", "-noColor", "-longRunning", "60"]);
    run.env("DOTNET_ROLL_FORWARD", "Major").env("LANEWAY_NATIVE_LIBRARY", &stage.library);
    run.env("LANEWAY_DATABASE_URL", &stage.url);
    require_all(&mut run, skips);
    let (failed, mut counted) = (tally.failed(), false);
    let success = watched_for(&mut run, RUN_MAX, &mut |line| counted |= tally.dotnet_line(line));
    if !counted || (!success && tally.failed() == failed) {
        tally.check(&format!("the .NET tests on {framework} run to their end"), false);
    }
}

/// What the tests run on. The server ends with it.
struct Stage {
    library: PathBuf,
    url: String,
    /// Ends when its standard input does.
    server: Child,
}

impl Stage {
    /// Puts library and program side by side, where the tests look for them, and starts a server.
    fn set() -> Result<Self, String> {
        let target = workspace::target();
        let (debug, staged) = (target.join("debug"), target.join("dotnet"));
        std::fs::create_dir_all(&staged).map_err(|error| format!("cannot make {}: {error}", staged.display()))?;
        let library = format!("{}laneway{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
        let program = format!("laneway{}", std::env::consts::EXE_SUFFIX);
        for (folder, name) in [(debug.join("deps"), &library), (debug.clone(), &program)] {
            std::fs::copy(folder.join(name), staged.join(name))
                .map_err(|error| format!("cargo has not built {} ({error})", folder.join(name).display()))?;
        }
        let example = debug.join("examples").join(format!("server{}", std::env::consts::EXE_SUFFIX));
        let mut server = Command::new(&example)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot run {}: {error}", example.display()))?;
        let mut url = String::new();
        let read = server.stdout.take().map(|out| BufReader::new(out).read_line(&mut url));
        let stage = Self { library: staged.join(library), url: url.trim().to_owned(), server };
        match read {
            Some(Ok(bytes)) if bytes > 0 => Ok(stage),
            _ => Err("the server for the .NET tests did not start; its reason is above".to_owned()),
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(self.server.stdin.take());
        // It has ended, or it never began.
        let _ = self.server.wait();
    }
}
