//! `laneway.pc`, from its template.

use super::platform::{Platform, System};

/// What the static library needs besides itself: what `rustc --print native-static-libs` prints for the system. (Of these, a
/// C compiler with a recent glibc adds all but `-lm` by itself.) The consumer that links statically proves that it is enough.
fn libs_private(system: System) -> &'static str {
    match system {
        System::Glibc => "-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc",
        System::Musl => "-lgcc_s -lc",
        System::Windows => {
            "-lbcrypt -ladvapi32 -lcrypt32 -lsecur32 -lncrypt -lole32 -loleaut32 -lkernel32 -lntdll -luserenv -lws2_32 \
             -ldbghelp -lgcc_eh -l:libpthread.a -lmsvcrt -lmingwex -lmingw32 -lgcc -luser32"
        }
    }
}

/// The file's text; an error names a variable of the template that is not filled in.
pub(super) fn fill(template: &str, version: &str, platform: &Platform) -> Result<String, String> {
    let libs_private = libs_private(platform.system());
    let text = template.replace("@VERSION@", version).replace("@LIBS_PRIVATE@", libs_private);
    let of_values = text.lines().filter(|line| !line.starts_with('#'));
    match of_values.into_iter().find(|line| line.contains('@')) {
        None => Ok(text),
        Some(line) => Err(format!("include/laneway.pc.in: {line:?} is not filled in")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::platform;
    use super::*;

    #[test]
    fn every_placeholder_is_filled_or_named() {
        let here = platform::of("linux-x64").unwrap();
        let filled = fill(include_str!("../../../../include/laneway.pc.in"), "1.2.3", here).unwrap();
        assert!(filled.contains("\nVersion: 1.2.3\n") && filled.contains("\nLibs.private: -lgcc_s "), "{filled}");
        assert!(filled.contains("\nprefix=${pcfiledir}/../..\n"), "{filled}");
        assert!(fill("Version: @VERSION@\nX: @OTHER@\n", "1", here).unwrap_err().contains("X: @OTHER@"));
    }
}
