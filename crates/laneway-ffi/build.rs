//! Names the library for the linker, and keeps every symbol but our own inside it.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(laneway_loom)");
    println!("cargo::rustc-env=LANEWAY_TARGET={}", std::env::var("TARGET").unwrap_or_default());
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        // The number is the major version of the ABI.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,liblaneway.so.1");
        // rustc's own version script exports what C code among the dependencies marks as visible (wasmtime's
        // assembly does), and a second script does not narrow it.
        println!("cargo::rustc-cdylib-link-arg=-Wl,--exclude-libs,ALL");
    }
}
