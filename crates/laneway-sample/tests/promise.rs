//! The documents of a seed are a promise: the same bytes on every machine and in every release. Whoever
//! changes the generator on purpose changes the hashes below with it, and is named in the change log.

use laneway_sample::{Detail, Settings, generate, write};
use sha2::{Digest as _, Sha256};

fn hash(settings: &Settings) -> String {
    let mut hash = Sha256::new();
    for document in generate(settings).unwrap() {
        hash.update(document.line());
    }
    base16ct::lower::encode_string(&hash.finalize()[..8])
}

#[test]
fn a_seed_gives_the_documents_it_always_gave() {
    let plain = Settings { documents: 3_000, ..Settings::default() };
    let mixed = Settings { seed: 7, updates: 0.2, forward: 0.1, invalid: 0.1, skew: 80, ..plain.clone() };
    expect_test::expect!["fd00eaa29f69ca62"].assert_eq(&hash(&plain));
    expect_test::expect!["96744989dd0982de"].assert_eq(&hash(&mixed));
}

#[test]
fn a_folder_has_schemas_documents_in_order_and_the_account() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { documents: 2_000, updates: 0.1, ..Settings::default() };
    let written = write(folder.path(), &settings, Detail::Hashes).unwrap();
    assert_eq!(written.documents, 2_000);
    assert!(written.files.is_sorted());
    let text: String = written.files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let lines: String = generate(&settings).unwrap().map(|document| document.line()).collect();
    assert_eq!(text, lines);
    assert_eq!(text.len() as u64, written.bytes);
    let account = std::fs::read_to_string(folder.path().join("expected-store.json")).unwrap();
    let account: serde_json::Value = serde_json::from_str(&account).unwrap();
    assert_eq!(account["tables"]["document"]["rows"], written.account.tables["document"].rows);
    assert_eq!(account["outcomes"]["updated"], 200);
    for schema in laneway_sample::SCHEMAS {
        let path = folder.path().join("schemas").join(schema.file_name);
        assert_eq!(std::fs::read_to_string(path).unwrap(), schema.text);
    }
    // A second set would be mixed with the first.
    let refused = write(folder.path(), &settings, Detail::Counts).unwrap_err().to_string();
    assert!(refused.contains("holds documents already"), "{refused}");
}

#[test]
fn settings_out_of_bounds_are_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { skew: 100, ..Settings::default() };
    let refused = write(folder.path(), &settings, Detail::Counts).unwrap_err().to_string();
    assert_eq!(refused, "skew is 100; it must be from 50 to 99");
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none());
}
