//! Compiled code from a folder: taken when it is our own and whole, else compiled again, never run.

#![cfg(unix)]

use std::path::Path;

use laneway_model::Extractor as _;
use laneway_plugin::{CODE_CACHE_BYTES_MAX, CodeCache, PluginSettings, Plugins};

use crate::guest::{Guest, thing};
use crate::things;

/// Loads a guest with the cache in `folder`; how many were compiled and how many came from the cache.
fn load(folder: &Path, settings: PluginSettings) -> (u64, u64) {
    let cache = CodeCache::open(folder, CODE_CACHE_BYTES_MAX).unwrap();
    let guest = Guest::of(thing()).spans(&[(0, 6, 2)]);
    let set = vec![("guest".into(), guest.component())];
    let plugins = Plugins::load(set, PluginSettings { code_cache: Some(cache), ..settings }).unwrap();
    let extraction = plugins.worker().extract(&things(&plugins), br#"{"id":42}"#).unwrap();
    assert_eq!(extraction.identity().next(), Some(("$.id", "42")));
    let stats = plugins.stats();
    (stats.compiled, stats.from_cache)
}

#[test]
fn a_second_start_compiles_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("code");
    assert_eq!(load(&folder, PluginSettings::default()), (1, 0));
    assert_eq!(load(&folder, PluginSettings::default()), (0, 1));
}

#[test]
fn an_engine_of_other_settings_compiles_for_itself() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("code");
    let small = || PluginSettings { memory_bytes_max: 8 << 20, ..PluginSettings::default() };
    assert_eq!(load(&folder, PluginSettings::default()), (1, 0));
    assert_eq!(load(&folder, small()), (1, 0));
    assert_eq!(load(&folder, PluginSettings::default()), (0, 1));
    assert_eq!(load(&folder, small()), (0, 1));
}

#[test]
fn corrupt_code_is_compiled_again_and_never_run() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("code");
    load(&folder, PluginSettings::default());
    let entry = || {
        let files = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
        files.filter(|path| path.extension().is_some_and(|extension| extension == "code")).collect::<Vec<_>>().remove(0)
    };
    let whole = std::fs::read(entry()).unwrap();
    // A prime step through the code: had any of these been run, the process might have crashed.
    for at in (0..whole.len()).step_by(9_973) {
        let mut corrupt = whole.clone();
        corrupt[at] ^= 0x55;
        std::fs::write(entry(), corrupt).unwrap();
        assert_eq!(load(&folder, PluginSettings::default()), (1, 0), "byte {at}");
        assert_eq!(load(&folder, PluginSettings::default()), (0, 1), "it is written anew");
    }
    std::fs::write(entry(), &whole[..whole.len() / 2]).unwrap();
    assert_eq!(load(&folder, PluginSettings::default()), (1, 0));
}
