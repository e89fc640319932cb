//! Switches the gate over to loom's atomics: a cfg of our own, since tokio takes parts of itself away under
//! `cfg(loom)`.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(laneway_loom)");
    println!("cargo::rustc-cfg=laneway_loom");
}
