//! What the shared library exports, and what it calls itself.

use std::process::Command;

use crate::c_programs::library;

#[test]
fn exports_what_the_header_declares_and_nothing_else() {
    let Ok(printed) = Command::new("nm").args(["-D", "--defined-only", "--format=posix"]).arg(library()).output()
    else {
        return crate::need::skip("there is no nm");
    };
    let printed = String::from_utf8(printed.stdout).unwrap();
    let exported: Vec<&str> = printed.lines().filter_map(|line| line.split(' ').next()).collect();
    let header = std::fs::read_to_string(crate::generated::repository().join("include/laneway.h")).unwrap();
    let mut declared: Vec<&str> = header.match_indices('(').filter_map(|(at, _)| function(&header[..at])).collect();
    declared.sort_unstable();
    declared.dedup();
    assert_eq!(exported, declared);
    assert!(declared.len() > 20, "the header was read: {declared:?}");
}

/// The name of ours that a text ends with.
fn function(text: &str) -> Option<&str> {
    let start = text.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_')? + 1;
    Some(&text[start..]).filter(|name| name.starts_with("laneway_") && text[..start].ends_with([' ', '*']))
}

#[test]
fn is_named_after_the_major_version_of_the_abi() {
    let Ok(printed) = Command::new("readelf").arg("-d").arg(library()).output() else {
        return crate::need::skip("there is no readelf");
    };
    let name = format!("[liblaneway.so.{}]", laneway::exports::LANEWAY_ABI_VERSION >> 16);
    assert!(String::from_utf8_lossy(&printed.stdout).contains(&name));
}
