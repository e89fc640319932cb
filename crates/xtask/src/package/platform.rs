//! The platforms, by .NET's runtime identifiers (RIDs): what native files are called there, and what Rust calls them.

/// A platform that the NuGet package can carry a library for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Platform {
    /// As .NET names it.
    pub(super) rid: &'static str,
    /// As Rust names it.
    pub(super) target: &'static str,
    /// What the shared library's file is called there.
    pub(super) library: &'static str,
}

const LINUX: &str = "liblaneway.so";
const MACOS: &str = "liblaneway.dylib";
const WINDOWS: &str = "laneway.dll";

/// All that `NativeLibraryLoader` of the .NET binding looks for.
pub(super) const PLATFORMS: [Platform; 8] = [
    Platform { rid: "linux-x64", target: "x86_64-unknown-linux-gnu", library: LINUX },
    Platform { rid: "linux-arm64", target: "aarch64-unknown-linux-gnu", library: LINUX },
    Platform { rid: "linux-musl-x64", target: "x86_64-unknown-linux-musl", library: LINUX },
    Platform { rid: "linux-musl-arm64", target: "aarch64-unknown-linux-musl", library: LINUX },
    Platform { rid: "osx-x64", target: "x86_64-apple-darwin", library: MACOS },
    Platform { rid: "osx-arm64", target: "aarch64-apple-darwin", library: MACOS },
    Platform { rid: "win-x64", target: "x86_64-pc-windows-gnu", library: WINDOWS },
    Platform { rid: "win-arm64", target: "aarch64-pc-windows-gnullvm", library: WINDOWS },
];

/// What `--all` packs: those that can be built and run on Linux, the one that is built without emulation first.
pub(super) const PACKED: [&str; 5] = ["linux-x64", "linux-musl-x64", "linux-arm64", "linux-musl-arm64", "win-x64"];

/// The one with this RID.
pub(super) fn of(rid: &str) -> Option<&'static Platform> {
    PLATFORMS.iter().find(|platform| platform.rid == rid)
}

/// The one with this RID, if packages can be made for it.
pub(super) fn packed(rid: &str) -> Result<&'static Platform, String> {
    PACKED.contains(&rid).then(|| of(rid)).flatten().ok_or_else(|| {
        format!(
            "packages are made for {}, not for {rid}; docs/platforms.md shows how others are built",
            PACKED.join(", ")
        )
    })
}

/// The one that this runs on.
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

impl Platform {
    /// What its system is.
    pub(super) fn system(&self) -> System {
        match (self.rid.starts_with("linux-musl"), self.rid.starts_with("win")) {
            (true, _) => System::Musl,
            (_, true) => System::Windows,
            _ => System::Glibc,
        }
    }

    /// Whether its processor is an ARM.
    pub(super) fn is_arm(&self) -> bool {
        self.rid.ends_with("arm64")
    }

    /// What a program's file is called there.
    pub(super) fn program(&self, name: &str) -> String {
        if self.system() == System::Windows { format!("{name}.exe") } else { name.to_owned() }
    }
}

/// A kind of system, among those that packages are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum System {
    Glibc,
    Musl,
    Windows,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_the_binding_looks_for() {
        let loader = include_str!("../../../../bindings/dotnet/src/Laneway/Native/NativeLibraryLoader.cs");
        for Platform { rid, library, .. } in &PLATFORMS {
            let (system, architecture) = rid.rsplit_once('-').unwrap();
            assert!(loader.contains(&format!("\"{system}\"")) && loader.contains(&format!("\"{library}\"")), "{rid}");
            assert!(loader.contains(&format!("\"{architecture}\"")), "{rid}");
            assert_eq!(of(rid).unwrap().library, *library);
        }
        assert_eq!(of("beos-x64"), None);
    }

    #[test]
    fn what_cannot_be_packed_is_named_beside_what_can() {
        assert_eq!(packed("win-x64").unwrap().program("laneway"), "laneway.exe");
        let refused = packed("osx-arm64").unwrap_err();
        assert!(refused.contains("not for osx-arm64") && refused.contains("linux-musl-arm64"), "{refused}");
    }
}
