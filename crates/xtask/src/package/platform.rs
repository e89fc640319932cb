//! What native libraries are called, by .NET's runtime identifiers (RIDs).

/// A platform that the NuGet package can carry a library for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Platform {
    /// As .NET names it.
    pub(super) rid: &'static str,
    /// What the library's file is called there.
    pub(super) library: &'static str,
}

const LINUX: &str = "liblaneway.so";
const MACOS: &str = "liblaneway.dylib";
const WINDOWS: &str = "laneway.dll";

/// All that `NativeLibraryLoader` of the .NET binding looks for.
pub(super) const PLATFORMS: [Platform; 8] = [
    Platform { rid: "linux-x64", library: LINUX },
    Platform { rid: "linux-arm64", library: LINUX },
    Platform { rid: "linux-musl-x64", library: LINUX },
    Platform { rid: "linux-musl-arm64", library: LINUX },
    Platform { rid: "osx-x64", library: MACOS },
    Platform { rid: "osx-arm64", library: MACOS },
    Platform { rid: "win-x64", library: WINDOWS },
    Platform { rid: "win-arm64", library: WINDOWS },
];

/// The one with this RID.
pub(super) fn of(rid: &str) -> Option<&'static Platform> {
    PLATFORMS.iter().find(|platform| platform.rid == rid)
}

/// The one that this runs on. The tarball is for Linux only: elsewhere libraries have other names and other tools.
pub(super) fn here() -> Result<&'static Platform, String> {
    let rid = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => if_glibc("linux-x64", "linux-musl-x64"),
        ("linux", "aarch64") => if_glibc("linux-arm64", "linux-musl-arm64"),
        (os, arch) => return Err(format!("packages are made on Linux (x86_64, aarch64), and this is {os}, {arch}")),
    };
    of(rid).ok_or_else(|| format!("{rid} is no platform of ours"))
}

fn if_glibc(glibc: &'static str, musl: &'static str) -> &'static str {
    if cfg!(target_env = "musl") { musl } else { glibc }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_the_binding_looks_for() {
        let loader = include_str!("../../../../bindings/dotnet/src/Laneway/Native/NativeLibraryLoader.cs");
        for Platform { rid, library } in &PLATFORMS {
            let (system, architecture) = rid.rsplit_once('-').unwrap();
            assert!(loader.contains(&format!("\"{system}\"")) && loader.contains(&format!("\"{library}\"")), "{rid}");
            assert!(loader.contains(&format!("\"{architecture}\"")), "{rid}");
            assert_eq!(of(rid).unwrap().library, *library);
        }
        assert_eq!(of("beos-x64"), None);
    }
}
