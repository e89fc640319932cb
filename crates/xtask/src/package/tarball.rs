//! A platform's tarball: header, libraries, what pkg-config reads, the program, plugins. It is one for Windows too, which
//! unpacks it. The same files give the same bytes.

use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, HeaderMode};

use super::native::Native;
use super::platform::Platform;
use super::{files, native, pkgconfig};
use crate::workspace;

/// How much time is spent on size.
#[derive(Clone, Copy)]
pub(super) enum Effort {
    /// What people download.
    Small,
    /// What only a check unpacks.
    Quick,
}

/// What the folder in the tarball is called.
pub(super) fn stem(version: &str, platform: &Platform) -> String {
    format!("laneway-{version}-{}", platform.rid)
}

/// What the tarball is called.
pub(super) fn name(version: &str, platform: &Platform) -> String {
    format!("{}.tar.gz", stem(version, platform))
}

/// Lays the files out in `folder`, as they are when the tarball is unpacked; `plugins` is the folder with the compiled ones.
pub(super) fn lay_out(
    folder: &Path,
    platform: &Platform,
    native: &Native,
    version: &str,
    plugins: &Path,
) -> Result<(), String> {
    let root = workspace::root();
    let header = files::read_text(&root.join("include/laneway.h"))?;
    for name in ["laneway.h", "laneway_layout.h"] {
        files::copy(&root.join("include").join(name), &folder.join("include").join(name))?;
    }
    for name in ["LICENSE", "README.md", "CHANGELOG.md"] {
        files::copy(&root.join(name), &folder.join(name))?;
    }
    let (libraries, programs) = (folder.join("lib"), folder.join("bin"));
    if let Some(import) = &native.import {
        // Windows looks for a library beside the program.
        files::copy(&native.shared, &programs.join(platform.library))?;
        files::copy(import, &libraries.join("liblaneway.dll.a"))?;
    } else {
        let soname = format!("liblaneway.so.{}", native::abi_major(&header)?);
        files::copy(&native.shared, &libraries.join(&soname))?;
        link(&soname, &libraries.join("liblaneway.so"))?;
    }
    files::copy(&native.archive, &libraries.join("liblaneway.a"))?;
    let template = files::read_text(&root.join("include/laneway.pc.in"))?;
    let filled = pkgconfig::fill(&template, version, platform)?;
    files::write(&libraries.join("pkgconfig/laneway.pc"), filled.as_bytes())?;
    files::copy(&native.program, &programs.join(platform.program("laneway")))?;
    for plugin in files::entries(plugins)? {
        files::copy(&plugin, &folder.join("share/laneway/plugins").join(files::name(&plugin)))?;
    }
    Ok(())
}

#[cfg(unix)]
fn link(to: &str, path: &Path) -> Result<(), String> {
    std::os::unix::fs::symlink(to, path).map_err(|error| format!("cannot make {}: {error}", path.display()))
}

#[cfg(not(unix))]
fn link(_: &str, path: &Path) -> Result<(), String> {
    Err(format!("cannot make {}: there are no symbolic links", path.display()))
}

/// Packs `folder`, under its own name, into `file`.
pub(super) fn pack(folder: &Path, file: &Path, effort: Effort) -> Result<(), String> {
    let failed = |error| format!("cannot write {}: {error}", file.display());
    let level = match effort {
        Effort::Small => Compression::best(),
        Effort::Quick => Compression::fast(),
    };
    let written = std::fs::File::create(file).map_err(failed)?;
    let mut archive = Builder::new(GzEncoder::new(std::io::BufWriter::new(written), level));
    // Fixed times and owners, and of the rights only whether a file can be run.
    archive.mode(HeaderMode::Deterministic);
    archive.follow_symlinks(false);
    append(&mut archive, folder, &files::name(folder))?;
    let compressed = archive.into_inner().map_err(failed)?;
    let buffered = compressed.finish().map_err(failed)?;
    buffered.into_inner().map(drop).map_err(|error| failed(error.into_error()))
}

/// A file, a link, or a folder with all below it, in order.
fn append<W: std::io::Write>(archive: &mut Builder<W>, path: &Path, name: &str) -> Result<(), String> {
    archive.append_path_with_name(path, name).map_err(|error| format!("cannot pack {}: {error}", path.display()))?;
    if path.is_symlink() || !path.is_dir() {
        return Ok(());
    }
    for below in files::entries(path)? {
        append(archive, &below, &format!("{name}/{}", files::name(&below)))?;
    }
    Ok(())
}

/// Unpacks a tarball into `folder`.
pub(super) fn unpack(file: &Path, folder: &Path) -> Result<(), String> {
    let packed = std::fs::File::open(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let unpacked = flate2::read::GzDecoder::new(std::io::BufReader::new(packed));
    tar::Archive::new(unpacked).unpack(folder).map_err(|error| format!("cannot unpack {}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_files_give_the_same_bytes() {
        let folder = files::temporary().unwrap();
        let packed = |name: &str, order: [&str; 2]| {
            let tree = folder.path().join(name).join("tree");
            order.iter().for_each(|file| files::write(&tree.join(file), file.as_bytes()).unwrap());
            link("b", &tree.join("link")).unwrap();
            let file = folder.path().join(format!("{name}.tar.gz"));
            pack(&tree, &file, Effort::Quick).unwrap();
            file
        };
        let (one, other) = (packed("one", ["sub/a", "b"]), packed("other", ["b", "sub/a"]));
        assert_eq!(files::read(&one).unwrap(), files::read(&other).unwrap());
        let unpacked = folder.path().join("unpacked");
        unpack(&one, &unpacked).unwrap();
        assert_eq!(files::read(&unpacked.join("tree/sub/a")).unwrap(), b"sub/a");
        assert_eq!(files::read(&unpacked.join("tree/link")).unwrap(), b"b");
    }

    #[test]
    fn is_named_by_version_and_platform() {
        let name = |rid| name("1.2.3", super::super::platform::of(rid).unwrap());
        assert_eq!(name("linux-arm64"), "laneway-1.2.3-linux-arm64.tar.gz");
        assert_eq!(name("win-x64"), "laneway-1.2.3-win-x64.tar.gz");
    }

    #[test]
    fn the_sample_s_image_is_made_from_this_version_s_tarball() {
        let image = include_str!("../../../../bindings/dotnet/samples/Laneway.Samples.Web/Dockerfile");
        let musl = super::super::platform::of("linux-musl-x64").unwrap();
        assert!(image.contains(&format!("ARG LANEWAY={}\n", stem(env!("CARGO_PKG_VERSION"), musl))));
    }
}
