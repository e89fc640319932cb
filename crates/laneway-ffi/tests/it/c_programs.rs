//! Programs in C and C++ (`tests/c`), built against the header with every warning an error, run under the address
//! sanitizer and, where it is installed, under valgrind.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::generated::repository;

/// The shared library that cargo built with this test.
pub(crate) fn library() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().join("liblaneway.so")
}

#[test]
fn the_c_program_runs_clean() {
    check("echo.c", &["cc", "-std=c11"]);
}

#[test]
fn the_cpp_program_runs_clean() {
    check("threads.cpp", &["c++", "-std=c++17", "-pthread"]);
}

fn check(source: &str, compiler: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    // Under the name that the library calls itself, and under the one that linkers look for.
    for name in ["liblaneway.so.1", "liblaneway.so"] {
        std::os::unix::fs::symlink(library(), folder.path().join(name)).unwrap();
    }
    let sanitized = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    let program = compile(source, compiler, &sanitized, folder.path());
    succeeds(&mut Command::new(&program));
    if Command::new("valgrind").arg("--version").output().is_ok() {
        let program = compile(source, compiler, &[], folder.path());
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--quiet", "--error-exitcode=99", "--leak-check=full", "--errors-for-leak-kinds=definite"]);
        succeeds(valgrind.arg(program));
    } else {
        crate::need::skip(&format!("{source} under valgrind: it is not installed"));
    }
}

fn compile(source: &str, compiler: &[&str], flags: &[&str], folder: &Path) -> PathBuf {
    let program = folder.join("program");
    let mut command = Command::new(compiler[0]);
    command.args(&compiler[1..]).args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-g"]).args(flags);
    command.arg("-I").arg(repository().join("include")).arg(repository().join("tests/c").join(source));
    command.arg("-o").arg(&program).arg("-L").arg(folder).arg("-llaneway");
    command.arg(format!("-Wl,-rpath,{}", folder.display()));
    succeeds(&mut command);
    program
}

fn succeeds(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
