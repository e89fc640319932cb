//! A folder of components with `plugins.json`, which names them and is written last: a folder without it, or with
//! a component that is not the one it names, is not read.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use laneway_plugin::{PluginFile, PluginSet, SET_FILE, SetEntry, SetListing};
use laneway_schema::Plugin;
use sha2::{Digest as _, Sha256};

use crate::console;
use crate::failure::Failure;

/// What to do when a folder is not a set.
const COMPILE_AGAIN: &str = "Write such a folder: laneway plugin compile FILE… -o DIR";

fn entry(name: &str, file: &str, wasm: &[u8], trap_imports: bool) -> SetEntry {
    SetEntry { name: name.to_owned(), file: file.to_owned(), sha256: sha256(wasm), trap_imports }
}

/// Writes components into `folder`, which is made if it is not there. Each file appears whole, `plugins.json` last,
/// so that a watcher of the folder sees the old set or the new one.
pub(crate) fn write(folder: &Path, plugins: &[Plugin]) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    let mut set = SetListing::default();
    for plugin in plugins {
        replace(folder, &plugin.file_name, &plugin.wasm)?;
        set.plugins.push(entry(&plugin.name, &plugin.file_name, &plugin.wasm, false));
    }
    complete(folder, &set)
}

/// Adds a component to the set in `folder`, as the last one, so that it overrides the others on what it serves; one of
/// the same name is removed. Returns its path.
pub(crate) fn add(folder: &Path, plugin: &PluginFile) -> Result<PathBuf, Failure> {
    let PluginFile { name, wasm, trap_imports } = plugin;
    let mut set = if folder.join(SET_FILE).is_file() { read_listing(folder)? } else { SetListing::default() };
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    // A name of its own for each content: a reader of the old plugins.json finds the old file.
    let file = format!("{}.{}.wasm", file_stem(name), &sha256(wasm)[..8]);
    replace(folder, &file, wasm)?;
    set.plugins.retain(|entry| entry.name != *name);
    set.plugins.push(entry(name, &file, wasm, *trap_imports));
    complete(folder, &set)?;
    Ok(folder.join(file))
}

/// A plugin's name without what file systems mind.
fn file_stem(name: &str) -> String {
    let plain = |character: char| if character.is_alphanumeric() || "-_".contains(character) { character } else { '.' };
    name.chars().map(plain).collect()
}

/// Writes the file that makes a set complete.
fn complete(folder: &Path, set: &SetListing) -> Result<(), Failure> {
    let mut text = serde_json::to_vec_pretty(set)
        .map_err(|error| Failure::usage(format_args!("cannot write {SET_FILE}: {error}"), COMPILE_AGAIN))?;
    text.push(b'\n');
    replace(folder, SET_FILE, &text)
}

/// The components of `folder`.
pub(crate) fn read(folder: &Path) -> Result<Vec<PluginFile>, Failure> {
    read_set(folder).map(Into::into)
}

/// The set in `folder`, with its signature.
pub(super) fn read_set(folder: &Path) -> Result<PluginSet, Failure> {
    let set = PluginSet::read(folder).map_err(|error| Failure::usage(error, COMPILE_AGAIN))?;
    for file in set.unlisted() {
        console::remark(format_args!(
            "{}: {SET_FILE} does not name it, so it is not loaded; `laneway plugin pack FILE -o DIR` adds a component",
            folder.join(file).display()
        ));
    }
    Ok(set)
}

fn read_listing(folder: &Path) -> Result<SetListing, Failure> {
    let path = folder.join(SET_FILE);
    let text = fs::read(&path).map_err(|error| Failure::file("read", &path, &error, COMPILE_AGAIN))?;
    serde_json::from_slice(&text).map_err(|error| {
        Failure::usage(format_args!("{} is not a set of plugins: {error}", path.display()), COMPILE_AGAIN)
    })
}

/// Writes a file under another name and renames it.
fn replace(folder: &Path, name: &str, content: &[u8]) -> Result<(), Failure> {
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(content)?;
        make_readable(file.as_file())?;
        file.persist(folder.join(name)).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|error| unwritable(&folder.join(name), &error))
}

/// Temporary files are their owner's alone; a service that runs as another user must read the set.
fn make_readable(file: &fs::File) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::file("write", path, error, "Name a folder (-o DIR) that may be written and has room.")
}

/// The hash as hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(name: &str, wasm: &[u8]) -> Plugin {
        Plugin { name: name.to_owned(), file_name: format!("{}.wasm", name.replace('/', ".")), wasm: wasm.to_vec() }
    }

    #[test]
    fn reads_what_was_written_and_a_second_set_replaces_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        write(&path, &[plugin("ed-fi/students", b"1"), plugin("ed-fi/schools", b"2")]).unwrap();
        write(&path, &[plugin("ed-fi/students", b"3")]).unwrap();
        let set = read_set(&path).unwrap();
        assert_eq!(set.unlisted(), ["ed-fi.schools.wasm"], "the first set's");
        let files: Vec<PluginFile> = set.into();
        let files: Vec<_> = files.iter().map(|file| (&*file.name, &*file.wasm)).collect();
        assert_eq!(files, [("ed-fi/students", &b"3"[..])]);
    }

    #[test]
    fn an_incomplete_folder_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let error = || read(folder.path()).unwrap_err().to_string();
        assert!(error().contains("plugins.json") && error().contains("plugin compile"), "{}", error());
        write(folder.path(), &[plugin("a/b", b"1")]).unwrap();
        fs::write(folder.path().join("a.b.wasm"), "x").unwrap();
        assert!(error().contains("SHA-256 differs"), "{}", error());
        fs::write(folder.path().join(SET_FILE), r#"{"plugins":[{"name":"n","file":"../x","sha256":""}]}"#).unwrap();
        assert!(error().contains("outside the folder"), "{}", error());
        fs::write(folder.path().join(SET_FILE), "[]").unwrap();
        assert!(error().contains("not a set of plugins"), "{}", error());
    }
}
