//! The NuGet packages: the native libraries in the folders where .NET looks for them, and `dotnet pack`.

use std::path::{Path, PathBuf};

use super::platform::{self, Platform};
use super::repack::repack;
use super::{files, native::Native};
use crate::cargo::succeeds;
use crate::{dotnet, workspace};

/// Each depends on those before it.
const PACKAGES: [&str; 2] = ["Laneway", "Laneway.Extensions.Hosting"];

/// Lays out `runtimes/<rid>/native/` in `folder`: the libraries that were built here, and those of other platforms.
pub(super) fn lay_out(folder: &Path, built: &[(&Platform, &Native)], others: Option<&Path>) -> Result<(), String> {
    for (platform, library) in others.map(of_others).transpose()?.unwrap_or_default() {
        files::copy(&library, &library_path(folder, platform))?;
    }
    built.iter().try_for_each(|(platform, native)| files::copy(&native.shared, &library_path(folder, platform)))
}

/// Where .NET looks for a platform's library.
fn library_path(folder: &Path, platform: &Platform) -> PathBuf {
    folder.join("runtimes").join(platform.rid).join("native").join(platform.library)
}

/// The libraries in a folder laid out the same way. A folder of an unknown name is an error.
fn of_others(folder: &Path) -> Result<Vec<(&'static Platform, PathBuf)>, String> {
    let mut found = Vec::new();
    for path in files::entries(&folder.join("runtimes"))? {
        let rid = files::name(&path);
        let Some(platform) = platform::of(&rid) else {
            let known = platform::PLATFORMS.map(|platform| platform.rid).join(", ");
            return Err(format!("{}: there is no platform {rid}; there are {known}", path.display()));
        };
        let library = library_path(folder, platform);
        if !library.is_file() {
            return Err(format!("{} is not there", library.display()));
        }
        found.push((platform, library));
    }
    Ok(found)
}

/// Packs into `out`; gives the packages and their symbols.
pub(super) fn pack(out: &Path, native: &Path, version: &str) -> Result<Vec<PathBuf>, String> {
    let folder = workspace::root().join("bindings/dotnet");
    let folder = folder.canonicalize().unwrap_or(folder);
    let mut packed = Vec::new();
    for package in PACKAGES {
        let mut pack = dotnet::command(&folder);
        pack.args(["pack", &format!("src/{package}"), "--configuration", "Release", "-nologo", "-m:1"]);
        pack.args(["--disable-build-servers", "-nodeReuse:false", "--output"]).arg(out);
        pack.arg(format!("-p:Version={version}")).arg(format!("-p:LanewayNativeRoot={}", native.display()));
        // Symbols name no path of this machine.
        pack.arg(format!("-p:PathMap={}=/_/", folder.display()));
        if !succeeds(&mut pack) {
            return Err(format!("{package} was not packed"));
        }
        packed.extend(["nupkg", "snupkg"].map(|kind| out.join(format!("{package}.{version}.{kind}"))));
    }
    if let Some(missing) = packed.iter().find(|file| !file.is_file()) {
        return Err(format!("dotnet pack has not written {}", missing.display()));
    }
    packed.iter().try_for_each(|file| repack(file))?;
    Ok(packed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_platforms_libraries_are_taken_along() {
        let folder = files::temporary().unwrap();
        let others = folder.path().join("others");
        files::write(&others.join("runtimes/win-x64/native/laneway.dll"), b"windows").unwrap();
        let built = folder.path().join("liblaneway.so");
        files::write(&built, b"linux").unwrap();
        let native = Native { shared: built.clone(), archive: built.clone(), program: built, import: None };
        let laid_out = folder.path().join("native");
        let here = platform::of("linux-x64").unwrap();
        lay_out(&laid_out, &[(here, &native)], Some(&others)).unwrap();
        assert_eq!(files::read(&laid_out.join("runtimes/win-x64/native/laneway.dll")).unwrap(), b"windows");
        assert_eq!(files::read(&laid_out.join("runtimes/linux-x64/native/liblaneway.so")).unwrap(), b"linux");

        files::write(&others.join("runtimes/osx-x64/native/laneway.dylib"), b"misnamed").unwrap();
        assert!(
            lay_out(&laid_out, &[(here, &native)], Some(&others))
                .unwrap_err()
                .contains("liblaneway.dylib is not there")
        );
        files::write(&others.join("runtimes/beos-x64/native/liblaneway.so"), b"unknown").unwrap();
        assert!(lay_out(&laid_out, &[(here, &native)], Some(&others)).unwrap_err().contains("no platform beos-x64"));
    }

    #[test]
    fn the_binding_has_the_workspace_s_version() {
        let properties = include_str!("../../../../bindings/dotnet/Directory.Build.props");
        assert!(properties.contains(&format!("<Version>{}</Version>", env!("CARGO_PKG_VERSION"))));
    }
}
