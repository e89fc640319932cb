//! Zip files as NuGet has them: deflated or stored entries, read by the central directory, written without anything that
//! changes from time to time. Refuses to know encryption, and archives over 4 GiB.
//! <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>

use std::io::{Read as _, Write as _};

use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// An entry: its name, and its content.
pub(super) type Entry = (String, Vec<u8>);

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END_BYTES: usize = 22;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;
/// 1 January 1980, the first day that there is.
const DATE: u16 = 1 << 5 | 1;

/// Reads all entries.
pub(super) fn read(archive: &[u8]) -> Result<Vec<Entry>, String> {
    let broken = || "it is no zip file of the kind that NuGet writes".to_owned();
    // It has no comment, so its end is where it ends.
    let end = archive.len().checked_sub(END_BYTES).and_then(|at| archive.get(at..)).ok_or_else(broken)?;
    if number32(end, 0) != Some(END) {
        return Err(broken());
    }
    let (count, mut at) = (number16(end, 10).ok_or_else(broken)?, number32(end, 16).ok_or_else(broken)? as usize);
    let mut entries = Vec::new();
    for _ in 0..count {
        let header = archive.get(at..).filter(|header| number32(header, 0) == Some(CENTRAL)).ok_or_else(broken)?;
        let (entry, length) = entry(archive, header).ok_or_else(broken)?;
        entries.push(entry);
        at += length;
    }
    Ok(entries)
}

/// The entry of a header in the central directory, and how long the header is.
fn entry(archive: &[u8], header: &[u8]) -> Option<(Entry, usize)> {
    let method = number16(header, 10)?;
    let (crc, packed, size) = (number32(header, 16)?, number32(header, 20)? as usize, number32(header, 24)? as usize);
    let [name, extra, comment] = [28, 30, 32].map(|at| number16(header, at).map(usize::from));
    let (name, length) = (header.get(46..46 + name?)?, 46 + name? + extra? + comment?);
    let local = archive.get(number32(header, 42)? as usize..)?;
    let begin = 30 + usize::from(number16(local, 26)?) + usize::from(number16(local, 28)?);
    let packed = local.get(begin..begin + packed)?;
    let mut content = Vec::with_capacity(size);
    match method {
        STORED => content.extend_from_slice(packed),
        DEFLATED => drop(DeflateDecoder::new(packed).read_to_end(&mut content).ok()?),
        _ => return None,
    }
    let is_whole = content.len() == size && checksum(&content) == crc;
    is_whole.then(|| ((String::from_utf8_lossy(name).into_owned(), content), length))
}

fn number16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes)
}

fn number32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

fn checksum(content: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(content);
    crc.sum()
}

/// Writes entries in their order: the same ones give the same bytes.
pub(super) fn write(entries: &[Entry]) -> Result<Vec<u8>, String> {
    let too_large = |_| "it is larger than a zip file of this kind can be".to_owned();
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in entries {
        let offset = u32::try_from(archive.len()).map_err(too_large)?;
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        let packed = encoder.write_all(content).and_then(|()| encoder.finish()).map_err(|error| error.to_string())?;
        // What both headers have: version, flags, method, time, date, checksum, sizes, and the lengths of name and extra.
        let mut common = Vec::new();
        [20, FLAGS, DEFLATED, 0, DATE].iter().for_each(|number| common.extend(number.to_le_bytes()));
        common.extend(checksum(content).to_le_bytes());
        for size in [packed.len(), content.len()] {
            common.extend(u32::try_from(size).map_err(too_large)?.to_le_bytes());
        }
        common.extend(u16::try_from(name.len()).map_err(too_large)?.to_le_bytes());
        common.extend([0, 0]);
        archive.extend(LOCAL.to_le_bytes());
        archive.extend(&common);
        archive.extend(name.as_bytes());
        archive.extend(packed);
        directory.extend(CENTRAL.to_le_bytes());
        directory.extend(20_u16.to_le_bytes());
        directory.extend(common);
        // No comment, the first disk, no attributes.
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let count = u16::try_from(entries.len()).map_err(too_large)?.to_le_bytes();
    let (begin, length) = (archive.len(), directory.len());
    archive.extend(directory);
    archive.extend(END.to_le_bytes());
    archive.extend([0; 4]);
    archive.extend([count, count].concat());
    for number in [length, begin] {
        archive.extend(u32::try_from(number).map_err(too_large)?.to_le_bytes());
    }
    archive.extend([0; 2]);
    Ok(archive)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let entries = vec![
            ("a/b.txt".to_owned(), b"text ".repeat(1_000)),
            ("empty".to_owned(), Vec::new()),
            ("\u{e9}".to_owned(), (0..=255).collect()),
        ];
        let archive = write(&entries).unwrap();
        assert!(archive.len() < 1_000, "it is compressed");
        assert_eq!(read(&archive).unwrap(), entries);
        assert_eq!(read(&write(&[]).unwrap()).unwrap(), []);
    }

    #[test]
    fn what_is_cut_off_or_corrupt_is_refused() {
        let archive = write(&[("a".to_owned(), b"content of it".to_vec())]).unwrap();
        for length in 0..archive.len() {
            assert!(read(&archive[..length]).is_err(), "{length}");
        }
        let mut corrupt = archive;
        // In the deflated content.
        corrupt[35] ^= 1;
        assert!(read(&corrupt).is_err());
    }

    #[test]
    fn others_read_what_is_written() {
        let python = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(z.namelist(), z.read('a'))";
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), write(&[("a".to_owned(), b"content".to_vec())]).unwrap()).unwrap();
        let read = std::process::Command::new("python3").args(["-c", python]).arg(file.path()).output();
        // Python is what else the packages' checks need; without it there is no other reader.
        let Ok(read) = read else { return };
        assert_eq!(String::from_utf8_lossy(&read.stdout).trim(), "['a'] b'content'", "{read:?}");
    }
}
