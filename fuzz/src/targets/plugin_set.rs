//! Folders of plugins: `plugins.json`, its signatures, keys and lists of what is allowed. A set is only read whole, and only
//! loaded when it is the one that was signed.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use laneway_plugin::{
    PluginFile, PluginSet, PluginSettings, Plugins, PublicKey, SET_FILE, SIGNATURE_FILE, SecretKey, SetListing, Trust,
};
use tempfile::TempDir;

/// What stands between the parts of an input: the list, the signatures, a key, the allowed.
const SEPARATOR: char = '\u{1}';
/// A file that sets may name. It is no component, so nothing is compiled.
const FILE: (&str, &[u8]) = ("a.wasm", b"a component");
/// The only list that was signed.
const SIGNED: &str = r#"{"plugins":[]}"#;

thread_local! {
    static FOLDER: TempDir = folder();
}

static KEY: LazyLock<SecretKey> = LazyLock::new(|| SecretKey::generate().expect("randomness"));
static SIGNATURE: LazyLock<String> = LazyLock::new(|| KEY.sign(SIGNED.as_bytes()));

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(FILE.0), FILE.1).expect("a file");
    folder
}

pub(crate) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut parts = text.split(SEPARATOR);
    let mut part = || parts.next().unwrap_or_default();
    let (list, signatures, key, allowed) = (part(), part(), part(), part());
    if let Ok(key) = PublicKey::from_pem(key) {
        assert_eq!(PublicKey::from_pem(&key.to_pem()).ok(), Some(key), "a key reads as it is written");
    }
    let _ = SecretKey::from_pem(key);
    let _ = Trust::parse_allow_list(allowed);
    // One that is right, which no input could guess.
    let signatures = signatures.replace("SIGNATURE", &SIGNATURE);
    let folder = FOLDER.with(|folder| folder.path().to_owned());
    read(&folder, list, &signatures);
}

fn read(folder: &Path, list: &str, signatures: &str) {
    fs::write(folder.join(SET_FILE), list).expect("a file");
    fs::write(folder.join(SIGNATURE_FILE), signatures).expect("a file");
    let set = match PluginSet::read(folder) {
        Ok(set) => set,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let listing: SetListing = serde_json::from_str(list).expect("what was read as a set");
    let files = Vec::<PluginFile>::from(set.clone());
    assert_eq!(files.len(), listing.plugins.len());
    assert!(files.iter().all(|file| file.wasm == FILE.1), "a set names files of its folder by their content");
    assert!(listing.plugins.iter().all(|entry| entry.file == FILE.0));
    let trust = Trust { signers: vec![KEY.public()], allowed: None };
    let settings = PluginSettings { trust, ..PluginSettings::default() };
    let is_signed = signatures.lines().take(16).any(|line| line.trim() == SIGNATURE.trim());
    if Plugins::load_set(&set, settings).is_ok() {
        assert!(is_signed && list == SIGNED, "a set was loaded that its key has not signed: {list} {signatures}");
    }
}
