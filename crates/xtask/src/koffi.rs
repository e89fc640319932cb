//! Brings koffi, with which the C ABI's test in Node calls it. npm knows where packages come from.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use laneway_pgbin::download_folder;

use crate::cargo::succeeds;

/// The package, with its compiled part for every platform, so that nothing is built.
const PACKAGE: &str = "koffi";
const VERSION: &str = "2.16.3";

/// Brings koffi into a folder, by default in the user's cache, and prints what `LANEWAY_KOFFI` should be.
pub(crate) fn run(folder: Option<&str>) -> ExitCode {
    let kept = || Some(download_folder()?.with_file_name(PACKAGE));
    let Some(folder) = folder.map(PathBuf::from).or_else(kept) else {
        eprintln!("there is no folder for it: set HOME, or name one");
        return ExitCode::FAILURE;
    };
    let folder = folder.join(VERSION);
    let modules = folder.join("node_modules");
    if is_there(&modules) || (install(&folder) && is_there(&modules)) {
        println!("{}", modules.display());
        return ExitCode::SUCCESS;
    }
    eprintln!("{PACKAGE} {VERSION} cannot be brought into {}: it takes node and npm", folder.display());
    ExitCode::FAILURE
}

fn install(folder: &Path) -> bool {
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"]).arg(folder);
    // Only the folder is printed on standard output.
    std::fs::create_dir_all(folder).is_ok() && succeeds(npm.arg(format!("{PACKAGE}@{VERSION}")).stdout(Stdio::null()))
}

fn is_there(modules: &Path) -> bool {
    let mut node = Command::new("node");
    node.args(["-e", "require('koffi')"]).env("NODE_PATH", modules);
    node.output().is_ok_and(|output| output.status.success())
}
