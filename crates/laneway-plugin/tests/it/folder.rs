//! Folders with sets, written as `laneway plugin compile` writes them: components first, `plugins.json` last.

use std::fs;
use std::path::Path;

use laneway_plugin::{PluginSet, SET_FILE};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Writes a file under another name and renames it.
pub(crate) fn replace(folder: &Path, name: &str, content: &[u8]) {
    let new = folder.join(format!(".{name}.new"));
    fs::write(&new, content).unwrap();
    fs::rename(new, folder.join(name)).unwrap();
}

/// The text of a `plugins.json` for these components.
pub(crate) fn listing(set: &[(&str, Vec<u8>)]) -> String {
    let entries: Vec<Value> = set
        .iter()
        .map(|(name, wasm)| {
            let sha256 = base16ct::lower::encode_string(&Sha256::digest(wasm));
            json!({"name": name, "file": format!("{name}.wasm"), "sha256": sha256})
        })
        .collect();
    json!({ "plugins": entries }).to_string()
}

/// Writes a set.
pub(crate) fn write(folder: &Path, set: &[(&str, Vec<u8>)]) {
    for (name, wasm) in set {
        replace(folder, &format!("{name}.wasm"), wasm);
    }
    replace(folder, SET_FILE, listing(set).as_bytes());
}

#[test]
fn a_folder_that_is_no_set_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    let check = |code: &str, words: &str| {
        let error = PluginSet::read(folder).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(words), "`{words}` is not in: {error}");
    };
    check("unreadable", "plugin compile");
    write(folder, &[("a", b"1".to_vec()), ("b", b"2".to_vec())]);
    assert_eq!(PluginSet::read(folder).unwrap().len(), 2);
    fs::write(folder.join("b.wasm"), "half").unwrap();
    check("differs", "b.wasm is not the component that plugins.json names");
    fs::remove_file(folder.join("b.wasm")).unwrap();
    check("unreadable", "b.wasm");
    for file in ["../a.wasm", "/etc/passwd", "..", "", "sub/a.wasm"] {
        let text = json!({"plugins": [{"name": "a", "file": file, "sha256": "00"}]}).to_string();
        replace(folder, SET_FILE, text.as_bytes());
        check("outside-the-folder", file);
    }
    fs::create_dir(folder.join("sub")).unwrap();
    replace(folder, SET_FILE, br#"{"plugins": [{"name": "a", "file": "sub", "sha256": "00"}]}"#);
    check("unreadable", "it is not a file");
    replace(folder, SET_FILE, b"[]");
    check("not-a-set", "plugins.json is not a set of plugins");
    replace(folder, SET_FILE, &vec![b' '; (8 << 20) + 1]);
    check("too-large", "8388608 bytes");
}

#[test]
fn what_the_listing_does_not_name_is_named() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &[("a", b"1".to_vec())]);
    assert!(PluginSet::read(dir.path()).unwrap().unlisted().is_empty());
    for name in ["b.wasm", "c.wasm", ".half.wasm", "notes.txt"] {
        fs::write(dir.path().join(name), "x").unwrap();
    }
    let set = PluginSet::read(dir.path()).unwrap();
    assert_eq!((set.len(), set.unlisted()), (1, &["b.wasm".to_owned(), "c.wasm".to_owned()][..]));
}

#[cfg(unix)]
#[test]
fn a_set_behind_a_link_is_read_where_the_link_leads() {
    use std::os::unix::fs::symlink;

    let dir = tempfile::tempdir().unwrap();
    let (release, folder) = (dir.path().join("rel-1"), dir.path().join("plugins"));
    fs::create_dir(&release).unwrap();
    fs::create_dir(&folder).unwrap();
    write(&release, &[("a", b"1".to_vec())]);
    // The listing alone is a link; its components lie beside it.
    symlink("../current/plugins.json", folder.join(SET_FILE)).unwrap();
    symlink("rel-1", dir.path().join("current")).unwrap();
    assert_eq!(PluginSet::read(&folder).unwrap().len(), 1);
    // One that lies in the folder itself serves too.
    fs::rename(release.join("a.wasm"), folder.join("a.wasm")).unwrap();
    assert_eq!(PluginSet::read(&folder).unwrap().len(), 1);
}
