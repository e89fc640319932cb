//! A C program, built with what pkg-config prints for the unpacked tarball.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{output, unbiased};
use crate::package::{files, tarball};
use crate::workspace;

/// How it is linked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::package) enum Linked {
    Dynamically,
    Statically,
}

/// Unpacks the tarball into an empty folder, and builds and runs the program there.
pub(in crate::package) fn check(packed: &Path, stem: &str, linked: Linked) -> Result<(), String> {
    let empty = files::temporary()?;
    tarball::unpack(packed, empty.path())?;
    let unpacked = empty.path().join(stem);
    let program = build(empty.path(), &unpacked, linked)?;
    let mut run = unbiased(Command::new(program));
    if linked == Linked::Dynamically {
        run.env("LD_LIBRARY_PATH", unpacked.join("lib"));
    }
    print!("{}", output(&mut run)?);
    Ok(())
}

fn build(folder: &Path, unpacked: &Path, linked: Linked) -> Result<PathBuf, String> {
    let source = folder.join("consumer.c");
    files::copy(&workspace::root().join("tests/packages/c/consumer.c"), &source)?;
    let program = folder.join("consumer");
    let mut compile = unbiased(Command::new("cc"));
    compile.args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-o"]).arg(&program).arg(&source);
    compile.args(flags(&pkg_config(unpacked, linked)?, linked));
    output(&mut compile)?;
    Ok(program)
}

fn pkg_config(unpacked: &Path, linked: Linked) -> Result<String, String> {
    let mut ask = unbiased(Command::new("pkg-config"));
    ask.env("PKG_CONFIG_LIBDIR", unpacked.join("lib/pkgconfig")).env_remove("PKG_CONFIG_PATH");
    if linked == Linked::Statically {
        ask.arg("--static");
    }
    output(ask.args(["--cflags", "--libs", "laneway"]))
}

/// What the compiler is given. Beside a shared library, a linker takes the static one only by its file's name.
fn flags(printed: &str, linked: Linked) -> Vec<&str> {
    let named = |flag| if flag == "-llaneway" && linked == Linked::Statically { "-l:liblaneway.a" } else { flag };
    printed.split_whitespace().map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_static_library_is_asked_for_by_its_file() {
        let printed = "-I/i -L/l -llaneway -lm\n";
        assert_eq!(flags(printed, Linked::Dynamically), ["-I/i", "-L/l", "-llaneway", "-lm"]);
        assert_eq!(flags(printed, Linked::Statically), ["-I/i", "-L/l", "-l:liblaneway.a", "-lm"]);
    }
}
