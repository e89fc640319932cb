//! Which files of a crate import which. Knows Rust's paths (`paths.rs` reads them) and nothing of types: what a macro
//! writes, and what is called as a method, is not seen.

use std::collections::BTreeMap;

use super::file::File;
use super::paths::{self, Path};

/// Re-exports of re-exports are followed this far.
const BINDINGS_MAX: usize = 8;

/// A file's imports: whom of its crate, from which line on, and whether that is excused.
pub(super) type Imports<'a> = BTreeMap<&'a str, BTreeMap<&'a str, (usize, bool)>>;

/// The imports of the crate in `folder`; excused are those below a comment that begins with `excuse`.
pub(super) fn imports<'a>(folder: &str, files: &'a [File], excuse: &str) -> Imports<'a> {
    Crate::read(folder, files, excuse).imports()
}

type Module = Vec<String>;

struct Source<'a> {
    file: &'a str,
    paths: Vec<Path>,
}

/// A crate's modules that are files of their own, without those of tests.
struct Crate<'a> {
    modules: BTreeMap<Module, Source<'a>>,
}

impl<'a> Crate<'a> {
    fn read(folder: &str, files: &'a [File], excuse: &str) -> Self {
        let mut modules = BTreeMap::new();
        let mut tests: Vec<Module> = Vec::new();
        for file in files {
            let Some(stem) = file.path.strip_prefix(folder).and_then(|name| name.strip_suffix(".rs")) else { continue };
            let mut module: Module = stem.split('/').map(str::to_owned).collect();
            if module.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
                module.pop();
            }
            let (paths, of_tests) = paths::read(&file.text, excuse);
            tests.extend(of_tests.into_iter().map(|test| child(&module, &test)));
            modules.insert(module, Source { file: &file.path, paths });
        }
        modules.retain(|module, _| !tests.iter().any(|test| module.starts_with(test)));
        Self { modules }
    }

    fn imports(&self) -> Imports<'a> {
        let mut imports = Imports::new();
        for (module, source) in &self.modules {
            for path in &source.paths {
                let Some(to) = self.file_of(module, &path.segments, 0).filter(|to| *to != source.file) else {
                    continue;
                };
                let (_, excused) = imports.entry(source.file).or_default().entry(to).or_insert((path.line, true));
                *excused &= path.excused;
            }
        }
        imports
    }

    /// The file that holds what a path of `module` names, if it is one of this crate's and no module.
    fn file_of(&self, module: &[String], path: &[String], bindings: usize) -> Option<&'a str> {
        let (mut at, mut rest) = match path[0].as_str() {
            "crate" => (Module::new(), &path[1..]),
            "self" => (module.to_vec(), &path[1..]),
            "super" => (module[..module.len().checked_sub(1)?].to_vec(), &path[1..]),
            name if self.modules.contains_key(&child(module, name)) => (module.to_vec(), path),
            name => return self.bound(module, name, &path[1..], bindings),
        };
        while let [name, behind @ ..] = rest {
            if name == "super" {
                at.pop()?;
            } else if self.modules.contains_key(&child(&at, name)) {
                at.push(name.clone());
            } else {
                let source = self.modules.get(&at)?;
                let is_bound = source.paths.iter().any(|path| path.binds.as_ref() == Some(name));
                return if is_bound { self.bound(&at, name, behind, bindings) } else { Some(source.file) };
            }
            rest = behind;
        }
        None
    }

    /// What a name stands for that a `use` of `module` brings.
    fn bound(&self, module: &[String], name: &str, behind: &[String], bindings: usize) -> Option<&'a str> {
        let uses = &self.modules.get(module)?.paths;
        let path = uses.iter().find(|path| path.binds.as_deref() == Some(name))?;
        if bindings == BINDINGS_MAX || path.segments[0] == name {
            return None;
        }
        self.file_of(module, &[&path.segments, behind].concat(), bindings + 1)
    }
}

fn child(module: &[String], name: &str) -> Module {
    [module, &[name.to_owned()]].concat()
}
