//! The folder of compiled code: what is written is found, and what was touched is not.
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;

const ENGINE: Sha256Digest = [1; 32];

fn open(folder: &Path) -> CodeCache {
    CodeCache::open(folder, 1 << 20).unwrap()
}

fn refusal(folder: &Path) -> String {
    CodeCache::open(folder, 1 << 20).unwrap_err().to_string()
}

fn entries(cache: &CodeCache) -> Vec<PathBuf> {
    let files = fs::read_dir(cache.folder()).unwrap().map(|file| file.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "code")).collect()
}

#[test]
fn gives_back_what_was_put_under_the_same_names_only() {
    let dir = tempfile::tempdir().unwrap();
    let cache = open(&dir.path().join("a/b"));
    assert_eq!(cache.get(&ENGINE, &[2; 32]), None);
    cache.put(&ENGINE, &[2; 32], b"code");
    // Another process.
    let again = open(cache.folder());
    assert_eq!(again.get(&ENGINE, &[2; 32]).unwrap(), b"code");
    assert_eq!(again.get(&ENGINE, &[3; 32]), None);
    assert_eq!(again.get(&[3; 32], &[2; 32]), None);
}

#[test]
fn every_changed_bit_and_every_cut_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let cache = open(&dir.path().join("cache"));
    cache.put(&ENGINE, &[2; 32], b"some code");
    let path = entries(&cache).pop().unwrap();
    let whole = fs::read(&path).unwrap();
    for bit in 0..whole.len() * 8 {
        let mut corrupt = whole.clone();
        corrupt[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, corrupt).unwrap();
        assert_eq!(cache.get(&ENGINE, &[2; 32]), None, "bit {bit}");
    }
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        assert_eq!(cache.get(&ENGINE, &[2; 32]), None, "{length} bytes");
    }
    fs::write(&path, [&*whole, b"\0"].concat()).unwrap();
    assert_eq!(cache.get(&ENGINE, &[2; 32]), None, "a byte more");
    cache.put(&ENGINE, &[2; 32], b"some code");
    assert!(cache.get(&ENGINE, &[2; 32]).is_some(), "it is written anew");
}

#[test]
fn an_entry_of_another_name_or_folder_is_not_taken() {
    let dir = tempfile::tempdir().unwrap();
    let (cache, other) = (open(&dir.path().join("one")), open(&dir.path().join("other")));
    cache.put(&ENGINE, &[2; 32], b"two");
    let two = entries(&cache).pop().unwrap();
    cache.put(&ENGINE, &[3; 32], b"three");
    let three = entries(&cache).into_iter().find(|path| *path != two).unwrap();
    fs::copy(&two, &three).unwrap();
    assert_eq!(cache.get(&ENGINE, &[3; 32]), None);
    fs::copy(&two, other.folder().join(two.file_name().unwrap())).unwrap();
    assert_eq!(other.get(&ENGINE, &[2; 32]), None);
    assert_eq!(cache.get(&ENGINE, &[2; 32]).unwrap(), b"two");
}

#[test]
fn a_file_that_others_may_write_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let set_mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let cache = open(&dir.path().join("cache"));
    cache.put(&ENGINE, &[2; 32], b"code");
    for mode in [0o770, 0o707, 0o755, 0o701] {
        set_mode(cache.folder(), mode);
        let message = refusal(cache.folder());
        assert!(message.contains(&format!("its mode is {mode:o}")) && message.contains("never run"), "{message}");
    }
    set_mode(cache.folder(), 0o700);
    let path = entries(&cache).pop().unwrap();
    set_mode(&path, 0o620);
    assert_eq!(cache.get(&ENGINE, &[2; 32]), None);
    set_mode(&path, 0o600);
    assert!(cache.get(&ENGINE, &[2; 32]).is_some());
    set_mode(&cache.folder().join("key"), 0o640);
    assert!(refusal(cache.folder()).contains("not a key of this user's"));
    let link = dir.path().join("link");
    symlink(cache.folder(), &link).unwrap();
    assert!(refusal(&link).contains("it is no folder"));
    fs::write(dir.path().join("file"), "").unwrap();
    assert!(refusal(&dir.path().join("file")).contains("it is no folder"));
}

#[test]
fn a_folder_of_another_user_is_refused() {
    // Only root can give files away; others have `/` instead, which is root's.
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("cache");
    drop(open(&folder));
    let given = std::os::unix::fs::chown(&folder, Some(12_345), None).is_ok();
    let message = refusal(if given { &folder } else { Path::new("/") });
    assert!(message.contains("it belongs to the user"), "{message}");
}

#[test]
fn the_least_used_go_when_there_is_no_room() {
    let dir = tempfile::tempdir().unwrap();
    let cache = CodeCache::open(&dir.path().join("cache"), 3_200).unwrap();
    let name = |number: u8| [number; 32];
    let stale = cache.folder().join(".new-stale");
    fs::write(&stale, "").unwrap();
    let long_ago = SystemTime::now() - 2 * STALE_AFTER;
    fs::File::open(&stale).unwrap().set_modified(long_ago).unwrap();
    fs::write(cache.folder().join(".new-fresh"), "").unwrap();
    for number in 0..4 {
        cache.put(&ENGINE, &name(number), &[number; 1_000]);
        for path in entries(&cache) {
            // Time goes on between uses, without a wait.
            let file = fs::File::open(path).unwrap();
            let modified = file.metadata().unwrap().modified().unwrap();
            file.set_modified(modified - Duration::from_secs(10)).unwrap();
        }
    }
    assert!(cache.get(&ENGINE, &name(0)).is_some());
    cache.prune();
    let kept: Vec<bool> = (0..4).map(|number| cache.get(&ENGINE, &name(number)).is_some()).collect();
    assert_eq!(kept, [true, false, true, true], "0 was used last, 1 longest ago");
    assert!(!stale.exists() && cache.folder().join(".new-fresh").exists());
    assert!(cache.folder().join("key").exists());
}

#[test]
fn processes_that_start_together_agree_on_a_key() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("cache");
    let caches: Vec<CodeCache> = std::thread::scope(|scope| {
        let opened: Vec<_> = (0..8).map(|_| scope.spawn(|| open(&folder))).collect();
        opened.into_iter().map(|opened| opened.join().unwrap()).collect()
    });
    for (number, cache) in (0_u8..).zip(&caches) {
        cache.put(&ENGINE, &[number; 32], b"code");
        assert!(caches.iter().all(|other| other.get(&ENGINE, &[number; 32]).is_some()));
    }
}

#[test]
fn engines_that_compile_differently_have_other_names() {
    let name = |change: fn(&mut wasmtime::Config)| {
        let mut config = wasmtime::Config::new();
        change(&mut config);
        engine_name(&wasmtime::Engine::new(&config).unwrap())
    };
    let same = name(|_| {});
    assert_eq!(same, name(|_| {}));
    assert_ne!(same, name(|config| _ = config.epoch_interruption(true)));
    assert_ne!(same, name(|config| _ = config.memory_reservation(1 << 20)));
    assert_ne!(same, name(|config| _ = config.cranelift_opt_level(wasmtime::OptLevel::None)));
}
