//! Which files are read: named files, the `*.ndjson` of named folders, standard input.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// Bytes read from a file at a time.
const READ_BYTES: usize = 256 << 10;

/// One input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Input {
    /// A file.
    File(PathBuf),
    /// Standard input, written `-`.
    Stdin,
}

impl Input {
    /// Opens it.
    pub(crate) fn open(&self) -> io::Result<Box<dyn BufRead>> {
        Ok(match self {
            Self::File(path) => Box::new(BufReader::with_capacity(READ_BYTES, File::open(path)?)),
            Self::Stdin => Box::new(io::stdin().lock()),
        })
    }

    /// The failure to read it.
    pub(crate) fn unreadable(&self, error: &dyn std::fmt::Display) -> Failure {
        Failure::usage(format_args!("cannot read {}: {error}", self.name()), "Check the file.")
    }

    /// Its name for people.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Stdin => "standard input".to_owned(),
        }
    }

    fn size(&self) -> Result<Option<u64>, Failure> {
        let Self::File(path) = self else { return Ok(None) };
        let metadata = File::open(path).and_then(|file| file.metadata()).map_err(|error| {
            Failure::file("read", path, &error, "Check the name; the files are NDJSON, one document a line.")
        })?;
        // A pipe has no size.
        Ok(metadata.is_file().then_some(metadata.len()))
    }
}

/// The inputs in the order in which they are read.
#[derive(Clone, Debug)]
pub(crate) struct Inputs {
    /// The inputs.
    pub(crate) all: Vec<Input>,
    /// The size of all files together, for the time that is left; `None` when it cannot be known.
    pub(crate) bytes: Option<u64>,
}

impl Inputs {
    /// What `paths` name. Every file is opened once now, so that a wrong name is found before anything is written.
    ///
    /// # Errors
    /// A path that cannot be read, or a folder without `*.ndjson` files.
    pub(crate) fn find(paths: &[PathBuf]) -> Result<Self, Failure> {
        let mut all = Vec::new();
        for path in paths {
            match path {
                dash if dash.as_os_str() == "-" => all.push(Input::Stdin),
                folder if folder.is_dir() => all.extend(files_of(folder)?.into_iter().map(Input::File)),
                file => all.push(Input::File(file.clone())),
            }
        }
        let mut bytes = Some(0);
        for input in &all {
            let size = input.size()?;
            bytes = bytes.zip(size).map(|(sum, size)| sum + size);
        }
        Ok(Self { all, bytes })
    }
}

/// The files in `folder` whose names end so, by name.
pub(crate) fn files_ending(folder: &Path, ending: &str) -> io::Result<Vec<PathBuf>> {
    let paths = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    let mut files: Vec<_> = paths.into_iter().filter(|path| path.to_string_lossy().ends_with(ending)).collect();
    files.sort();
    Ok(files)
}

fn files_of(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let files = files_ending(folder, ".ndjson")
        .map_err(|error| Failure::file("read", folder, &error, "Check the folder's permissions."))?;
    if files.is_empty() {
        return Err(Failure::usage(
            format_args!("the folder {} holds no *.ndjson file", folder.display()),
            "Name a folder of NDJSON files, or the files themselves.",
        ));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_stands_for_its_files_in_order_of_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.ndjson", "a.ndjson", "c.txt"] {
            std::fs::write(folder.path().join(name), "123").unwrap();
        }
        let inputs = Inputs::find(&[folder.path().to_path_buf()]).unwrap();
        let names: Vec<_> =
            inputs.all.iter().map(|input| input.name().rsplit('/').next().unwrap().to_owned()).collect();
        assert_eq!((names, inputs.bytes), (vec!["a.ndjson".to_owned(), "b.ndjson".to_owned()], Some(6)));
    }

    #[test]
    fn an_unreadable_input_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Inputs::find(&[folder.path().join("none.ndjson")]).unwrap_err().to_string();
        assert!(missing.contains("none.ndjson") && missing.contains("Check the name"), "{missing}");
        let empty = Inputs::find(&[folder.path().to_path_buf()]).unwrap_err().to_string();
        assert!(empty.contains("holds no *.ndjson file"), "{empty}");
    }
}
