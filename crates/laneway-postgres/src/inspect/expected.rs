//! The keys and indexes that a store has, as the files of `deploy` add them: read from those, so that there is one list.

use crate::layout::Release;

/// What a file of `deploy` adds where it is missing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ExpectedObject {
    pub(super) is_index: bool,
    pub(super) table: String,
    pub(super) name: String,
    /// As PostgreSQL prints it.
    pub(super) definition: String,
}

const FILES: [&str; 3] = [
    include_str!("../../sql/deploy/keys.sql"),
    include_str!("../../sql/deploy/indexes.sql"),
    include_str!("../../sql/deploy/foreign_keys.sql"),
];

/// Those on which releases differ.
fn file_of(release: Release) -> &'static str {
    match release {
        Release::V0_6 => include_str!("../../sql/deploy/dms-0.6/objects.sql"),
        Release::V0_7 => include_str!("../../sql/deploy/dms-0.7/objects.sql"),
    }
}

/// Keys, indexes and foreign keys, in the order in which they are added.
pub(super) fn expected_objects(release: Release) -> Vec<ExpectedObject> {
    let files = FILES.into_iter().chain([file_of(release)]);
    files.flat_map(|file| file.split("pg_temp.add_").skip(1).filter_map(read)).collect()
}

/// `index('table', 'name', 'definition')`.
fn read(call: &str) -> Option<ExpectedObject> {
    let (kind, arguments) = call.split_once('(')?;
    let mut literals = Literals(arguments);
    let (table, name, definition) = (literals.next()?, literals.next()?, literals.next()?);
    Some(ExpectedObject { is_index: kind == "index", table, name, definition })
}

/// The texts in quotes, one after another.
struct Literals<'a>(&'a str);

impl Iterator for Literals<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let (_, mut rest) = self.0.split_once('\'')?;
        let mut text = String::new();
        loop {
            let (part, after) = rest.split_once('\'')?;
            text.push_str(part);
            // Two quotes are one.
            match after.strip_prefix('\'') {
                Some(after) => {
                    text.push('\'');
                    rest = after;
                }
                None => {
                    self.0 = after;
                    return Some(text);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_of_the_files_is_read() {
        for release in Release::ALL {
            let files = FILES.into_iter().chain([file_of(release)]);
            let calls: usize = files.map(|file| file.matches("SELECT pg_temp.add_").count()).sum();
            assert_eq!(expected_objects(release).len(), calls);
        }
        let objects = expected_objects(Release::V0_7);
        let namespace = objects.iter().find(|of| of.name == "ix_document_securityelements_namespace").unwrap();
        assert!(namespace.is_index && namespace.definition.contains("-> 'Namespace'::text"), "{namespace:?}");
    }
}
