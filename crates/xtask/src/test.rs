//! `cargo xtask test`: every check and test, for people and CI alike. The last line counts them.

use std::process::{Command, ExitCode, Stdio};

use crate::cargo::{cargo, exit, succeeds, watched};
use crate::tally::Tally;
use crate::{codegen, demo, dotnet, header, package, tidy};

/// What a check that cannot run here means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Skips {
    /// It is told and counted.
    Allowed,
    /// It is a failure.
    Fail,
}

/// Runs everything; what fails stops nothing.
pub(crate) fn run(skips: Skips) -> ExitCode {
    let mut tally = Tally::default();
    formatted(&mut tally);
    linted(&mut tally);
    documented(&mut tally);
    tidy::check(&mut tally);
    codegen::check(&mut tally);
    tested(&mut tally, skips);
    plugins(&mut tally);
    header::check_gate(&mut tally);
    demo::check(&mut tally);
    dotnet::check(&mut tally, skips);
    package::check(&mut tally);
    if skips == Skips::Fail {
        tally.forbid_skips();
    }
    println!("\n{}", tally.report());
    exit(tally.failed() == 0)
}

/// Says what begins.
pub(crate) fn heading(text: &str) {
    println!("\n--- {text}");
}

fn formatted(tally: &mut Tally) {
    heading("formatting");
    if !succeeds(cargo(&["fmt", "--version"]).stdout(Stdio::null())) {
        return tally.skip("formatting", "rustfmt is not installed (rustup component add rustfmt)");
    }
    tally.check("formatting (mend: cargo fmt --all)", succeeds(&mut cargo(&["fmt", "--all", "--check"])));
    let plugins = cargo(&["fmt", "--all", "--check", "--manifest-path", "plugins/Cargo.toml"]);
    tally.check("formatting of plugins (mend: cargo fmt --all in plugins)", succeeds(&mut { plugins }));
}

fn linted(tally: &mut Tally) {
    heading("clippy");
    if !succeeds(cargo(&["clippy", "--version"]).stdout(Stdio::null())) {
        return tally.skip("clippy", "clippy is not installed (rustup component add clippy)");
    }
    let mut clippy = cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    tally.check("clippy", succeeds(&mut clippy));
}

fn documented(tally: &mut Tally) {
    heading("documentation");
    let mut doc = cargo(&["doc", "--quiet", "--workspace", "--no-deps", "--document-private-items"]);
    tally.check("documentation", succeeds(doc.env("RUSTDOCFLAGS", "-D warnings")));
}

fn tested(tally: &mut Tally, skips: Skips) {
    heading("tests");
    let mut test = cargo(&["test", "--workspace", "--no-fail-fast"]);
    require_all(&mut test, skips);
    counted(&mut test, tally);
}

/// The guests' workspace, natively: outside of its folder its configuration, which targets WebAssembly, does not hold.
/// The scanner is for WebAssembly alone; the compiler's tests run it there.
fn plugins(tally: &mut Tally) {
    heading("plugins");
    let guests = |command| {
        cargo(&[command, "--manifest-path", "plugins/Cargo.toml", "--workspace", "--exclude", "laneway-scanner"])
    };
    let mut clippy = guests("clippy");
    tally.check("clippy of plugins", succeeds(clippy.args(["--quiet", "--all-targets", "--", "-D", "warnings"])));
    let mut doc = guests("doc");
    doc.args(["--quiet", "--no-deps", "--document-private-items"]).env("RUSTDOCFLAGS", "-D warnings");
    tally.check("documentation of plugins", succeeds(&mut doc));
    counted(guests("test").arg("--no-fail-fast"), tally);
}

/// Runs `cargo test` and counts its tests.
fn counted(test: &mut Command, tally: &mut Tally) {
    let failed_before = tally.failed();
    let success = watched(test, &mut |line| tally.test_line(line));
    if !success && tally.failed() == failed_before {
        // Something else than a test: it did not build, or a test process died before it could count.
        tally.check("cargo test", false);
    }
}

/// Tells tests whether they may skip.
pub(crate) fn require_all(command: &mut Command, skips: Skips) {
    if skips == Skips::Fail {
        command.env("LANEWAY_REQUIRE_ALL", "1");
    }
}
