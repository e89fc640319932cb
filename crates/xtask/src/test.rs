//! `cargo xtask test`: every check and test, for people and CI alike. The last line counts them.

use std::process::{ExitCode, Stdio};

use crate::cargo::{WHOLE, cargo, exit, succeeds};
use crate::harness::tested;
use crate::skips::Skips;
use crate::tally::Tally;
use crate::{codegen, demo, dotnet, header, isolation, package, releases, scenario, servers, supply, tidy};

/// What the whole run is given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options<'a> {
    pub(crate) skips: Skips,
    /// A folder of PostgreSQL servers, each in a folder named by its version.
    pub(crate) servers: Option<&'a str>,
}

impl<'a> Options<'a> {
    /// As given to the command; `None`: not understood.
    pub(crate) fn parse(mut arguments: &[&'a str]) -> Option<Self> {
        let mut options = Self { skips: Skips::Allowed, servers: None };
        loop {
            arguments = match arguments {
                [] => return Some(options),
                ["--require-all", rest @ ..] => {
                    options.skips = Skips::Fail;
                    rest
                }
                ["--postgres", folder, rest @ ..] => {
                    options.servers = Some(folder);
                    rest
                }
                _ => return None,
            }
        }
    }
}

/// A part of the run.
type Part = fn(&mut Tally, Options<'_>);

/// All of them, each with its heading.
const PARTS: [(&str, Part); 16] = [
    ("formatting", |tally, _| formatted(tally)),
    ("clippy", |tally, _| linted(tally)),
    ("documentation", |tally, _| documented(tally)),
    ("house rules", |tally, _| tidy::check(tally)),
    ("dependencies", |tally, _| supply::deny::check(tally)),
    ("the scanner's module", |tally, _| codegen::check(tally)),
    ("tests", |tally, options| tested(tally, cargo(&["test"]).args(WHOLE), options.skips, &[])),
    ("repeatable read", |tally, options| isolation::check(tally, options.skips)),
    ("older releases", |tally, options| releases::check(tally, options.skips)),
    ("other servers", |tally, options| servers::check(tally, options.skips, options.servers)),
    ("tests of plugins", |tally, options| tested(tally, cargo(&["test"]).args(PLUGINS), options.skips, &[])),
    ("the gate of the C ABI, in all orders", |tally, _| header::check_gate(tally)),
    ("demo", |tally, _| demo::check(tally)),
    (".NET", |tally, options| dotnet::check(tally, options.skips)),
    ("packages", |tally, _| package::check(tally)),
    ("a minute of everything at once", |tally, _| scenario::check(tally)),
];

/// The guests' workspace, natively: outside of its folder its configuration, which targets WebAssembly, does not hold.
/// The scanner is for WebAssembly alone; the compiler's tests run it there.
const PLUGINS: &[&str] = &["--manifest-path", "plugins/Cargo.toml", "--workspace", "--exclude", "laneway-scanner"];

/// Runs everything; what fails stops nothing.
pub(crate) fn run(options: Options<'_>) -> ExitCode {
    let mut tally = Tally::default();
    for (name, part) in PARTS {
        tally.part(name, |tally| part(tally, options));
    }
    if options.skips == Skips::Fail {
        tally.forbid_skips();
    }
    println!("\nHow long it took:\n{}\n{}", tally.durations(), tally.report());
    exit(tally.failed() == 0)
}

fn formatted(tally: &mut Tally) {
    if !succeeds(cargo(&["fmt", "--version"]).stdout(Stdio::null())) {
        return tally.skip("formatting", "rustfmt is not installed (rustup component add rustfmt)");
    }
    for (name, manifest) in [("formatting", "Cargo.toml"), ("formatting of plugins", "plugins/Cargo.toml")] {
        let mut check = cargo(&["fmt", "--all", "--check", "--manifest-path", manifest]);
        tally.check(&format!("{name} (remedy: cargo fmt --all --manifest-path {manifest})"), succeeds(&mut check));
    }
}

fn linted(tally: &mut Tally) {
    if !succeeds(cargo(&["clippy", "--version"]).stdout(Stdio::null())) {
        return tally.skip("clippy", "clippy is not installed (rustup component add clippy)");
    }
    for (name, workspace) in [("clippy", WHOLE), ("clippy of plugins", PLUGINS)] {
        let mut clippy = cargo(&["clippy", "--quiet", "--all-targets"]);
        tally.check(name, succeeds(clippy.args(workspace).args(["--", "-D", "warnings"])));
    }
}

fn documented(tally: &mut Tally) {
    for (name, workspace) in [("documentation", WHOLE), ("documentation of plugins", PLUGINS)] {
        let mut doc = cargo(&["doc", "--quiet", "--no-deps", "--document-private-items"]);
        tally.check(name, succeeds(doc.args(workspace).env("RUSTDOCFLAGS", "-D warnings")));
    }
}
