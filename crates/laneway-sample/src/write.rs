//! A data set as files: `schemas/`, `documents/NNN-<endpoint>.ndjson`, `expected-store.json`.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use crate::account::{Account, Detail};
use crate::documents::{Document, generate};
use crate::schema::SCHEMAS;
use crate::settings::{Settings, SettingsError};

/// What was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Written {
    /// How many documents.
    pub documents: u64,
    /// Their files, in the order in which they are to be loaded.
    pub files: Vec<PathBuf>,
    /// How many bytes the documents' files have.
    pub bytes: u64,
    /// What a store must hold when they are loaded.
    pub account: Account,
}

/// A data set that was not written.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct WriteError(#[from] Cause);

/// Why a data set was not written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum WriteErrorKind {
    /// A setting is out of bounds.
    Settings,
    /// There are documents already, which would be mixed with these.
    Occupied,
    /// A file or folder could not be written.
    Io,
}

#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error(transparent)]
    Settings(SettingsError),
    #[error("{} holds documents already; name an empty folder or remove them", .0.display())]
    Occupied(PathBuf),
    #[error("cannot write {}: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl WriteError {
    /// Why.
    #[must_use]
    pub fn kind(&self) -> WriteErrorKind {
        match self.0 {
            Cause::Settings(_) => WriteErrorKind::Settings,
            Cause::Occupied(_) => WriteErrorKind::Occupied,
            Cause::Io { .. } => WriteErrorKind::Io,
        }
    }
}

/// Writes the data set of `settings` into `folder`, which is made if need be.
///
/// # Errors
/// See [`WriteErrorKind`]. What was written before an error stays.
pub fn write(folder: &Path, settings: &Settings, detail: Detail) -> Result<Written, WriteError> {
    let documents = generate(settings).map_err(Cause::Settings)?;
    let documents_folder = folder.join("documents");
    for folder in [folder.join("schemas"), documents_folder.clone()] {
        at(&folder, std::fs::create_dir_all(&folder))?;
    }
    if at(&documents_folder, std::fs::read_dir(&documents_folder))?.next().is_some() {
        return Err(Cause::Occupied(documents_folder).into());
    }
    for schema in SCHEMAS {
        let path = folder.join("schemas").join(schema.file_name);
        at(&path, std::fs::write(&path, schema.text))?;
    }
    let mut files = Files { folder: documents_folder, written: Vec::new(), open: None, bytes: 0 };
    let mut count = 0;
    for document in documents {
        files.add(&document)?;
        count += 1;
    }
    files.close()?;
    let path = folder.join("expected-store.json");
    let account = at(&path, Account::of(settings, detail))?;
    at(&path, std::fs::write(&path, account.to_json()))?;
    Ok(Written { documents: count, files: files.written, bytes: files.bytes, account })
}

fn at<T>(path: &Path, result: io::Result<T>) -> Result<T, WriteError> {
    result.map_err(|source| Cause::Io { path: path.to_owned(), source }.into())
}

/// The files of documents, one open at a time.
struct Files {
    folder: PathBuf,
    written: Vec<PathBuf>,
    open: Option<(u16, PathBuf, BufWriter<File>)>,
    bytes: u64,
}

impl Files {
    fn add(&mut self, document: &Document) -> Result<(), WriteError> {
        let (number, endpoint) = document.file;
        if self.open.as_ref().is_none_or(|(open, ..)| *open != number) {
            self.close()?;
            let path = self.folder.join(format!("{number:03}-{endpoint}.ndjson"));
            let file = at(&path, File::create(&path))?;
            self.written.push(path.clone());
            self.open = Some((number, path, BufWriter::new(file)));
        }
        if let Some((_, path, file)) = &mut self.open {
            let line = document.line();
            at(path, file.write_all(line.as_bytes()))?;
            self.bytes += line.len() as u64;
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), WriteError> {
        match self.open.take() {
            Some((_, path, mut file)) => at(&path, file.flush()),
            None => Ok(()),
        }
    }
}
