//! Guests that do what no guest should. Each costs its own document, and nothing else.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use laneway_model::{Extractor as _, Outcome};
use laneway_plugin::{PluginSettings, Plugins};

use crate::guest::{Answer, Guest, Slot, Step, other_thing, thing};
use crate::{document_fault, extract, load, load_with, plugin_failure, things};

/// A document whose only token is at bytes 6 to 8.
const DOCUMENT: &str = r#"{"id":42}"#;

fn good() -> Guest {
    Guest::of(thing()).spans(&[(0, 6, 2)])
}

/// Another guest's resource, beside the hostile one.
fn other() -> Guest {
    Guest::of(other_thing()).spans(&[(0, 6, 2)])
}

#[track_caller]
fn check(guest: &Guest, words: &str) {
    let plugins = Plugins::load(
        vec![("hostile".into(), guest.component()), ("good".into(), other().component())],
        PluginSettings::default(),
    )
    .unwrap();
    let mut worker = plugins.worker();
    let message = plugin_failure(worker.extract(&things(&plugins), DOCUMENT.as_bytes()));
    assert!(message.contains("`hostile` (version `1.2.3`)"), "{message}");
    assert!(message.contains(words), "`{words}` is not in: {message}");
    let others = plugins.route("test", "others").unwrap();
    worker.extract(&others, DOCUMENT.as_bytes()).expect("the other plugin goes on");
}

#[test]
fn an_endless_loop_ends_at_its_cpu_limit() {
    check(&good().extract("(loop br 0) (unreachable)"), "ran for more than 10 ms of CPU time");
}

#[test]
fn an_endless_loop_costs_its_document_alone_and_ends_in_time() {
    let spinning = good().extract("(loop br 0) (unreachable)");
    let set = vec![("spinning".into(), spinning.component()), ("good".into(), other().component())];
    let settings = PluginSettings { failures_in_a_row_max: u32::MAX, ..PluginSettings::default() };
    let cpu_max = settings.call_cpu_max;
    let plugins = Plugins::load(set, settings).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let innocent = scope.spawn(|| {
            let (mut worker, route) = (plugins.worker(), plugins.route("test", "others").unwrap());
            let mut documents = 0_u32;
            while !done.load(Ordering::SeqCst) || documents == 0 {
                worker.extract(&route, DOCUMENT.as_bytes()).expect("innocent documents live");
                documents += 1;
            }
        });
        let (mut worker, route) = (plugins.worker(), things(&plugins));
        for _ in 0..5 {
            let start = Instant::now();
            plugin_failure(worker.extract(&route, DOCUMENT.as_bytes()));
            let elapsed = start.elapsed();
            assert!(elapsed >= cpu_max, "killed after {elapsed:?}");
            // CPU time on a busy machine is less than time; the bound is one that only a hang exceeds.
            assert!(elapsed < cpu_max * 100, "killed after {elapsed:?}");
        }
        done.store(true, Ordering::SeqCst);
        innocent.join().unwrap();
    });
}

#[test]
fn endless_recursion_runs_out_of_stack() {
    let guest = good().define("(func $down (result i32) (i32.add (call $down) (i32.const 1)))");
    check(&guest.extract("(call $down)"), "ran out of stack");
}

#[test]
fn memory_is_refused_beyond_its_limit() {
    let grow = "(loop (br_if 0 (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) (unreachable)";
    check(&good().extract(grow), "refused a memory of");
}

#[test]
fn a_trap_costs_its_document_alone() {
    check(&good().extract("unreachable"), "trapped (wasm `unreachable` instruction executed)");
    check(&good().extract("(i32.load (i32.const -4))"), "trapped (out of bounds memory access)");
    check(&good().extract("(i32.div_u (i32.const 1) (i32.const 0))"), "trapped (integer divide by zero)");
    check(
        &good()
            .define("(table 1 funcref) (type $t (func (result i32)))")
            .extract("(call_indirect (type $t) (i32.const 0))"),
        "trapped (uninitialized element)",
    );
}

#[test]
fn outputs_outside_of_its_memory_break_the_contract() {
    check(&good().extract("(i32.const -4)"), "broke the contract");
    check(&good().extract("(i32.const 1)"), "broke the contract");
    // An answer whose list of spans goes beyond the memory's end: the list's length is set to the most.
    let huge = "(i32.store (i32.add (global.get $answer) (i32.const 8)) (i32.const -1)) (global.get $answer)";
    check(&good().extract(huge), "broke the contract");
    // A discriminant that is no case of the result.
    check(&good().extract("(i32.store (global.get $answer) (i32.const 7)) (global.get $answer)"), "broke the contract");
}

#[test]
fn spans_beyond_the_result_limit_break_the_contract() {
    let guest = good()
        .extract("(i32.store (i32.add (global.get $answer) (i32.const 8)) (i32.const 4000)) (global.get $answer)");
    let settings = PluginSettings { result_bytes_max: 40_000, ..PluginSettings::default() };
    let plugins = load_with(&guest, settings);
    let message = plugin_failure(plugins.worker().extract(&things(&plugins), DOCUMENT.as_bytes()));
    assert!(message.contains("broke the contract"), "{message}");
}

#[test]
fn computed_texts_that_overlap_count_each_toward_the_result_limit() {
    // 2,000 computed texts of 100,000 bytes, all of the same bytes: little for the guest, much for the host.
    let body = r"(local $i i32)
        (loop
          (i32.store (i32.add (i32.const 65536) (i32.mul (local.get $i) (i32.const 12))) (i32.const 0))
          (i32.store (i32.add (i32.const 65540) (i32.mul (local.get $i) (i32.const 12))) (i32.const 0))
          (i32.store (i32.add (i32.const 65544) (i32.mul (local.get $i) (i32.const 12))) (i32.const 100000))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if 0 (i32.lt_u (local.get $i) (i32.const 2000))))
        (i32.store (i32.add (global.get $answer) (i32.const 20)) (i32.const 65536))
        (i32.store (i32.add (global.get $answer) (i32.const 24)) (i32.const 2000))
        (global.get $answer)";
    check(&good().extract(body), "broke the contract");
}

#[test]
fn spans_of_one_token_count_each_toward_the_text_limit() {
    let mut resource = thing();
    resource.slots.push(Slot::new("student", "$.s"));
    let guest = Guest::of(resource)
        .answer(Answer { spans: [vec![(0, 6, 2)], vec![(1, 13, 1_002); 500]].concat(), ..Answer::default() });
    let document = format!(r#"{{"id":42,"s":"{}"}}"#, "x".repeat(1_000));
    let plugins = load_with(&guest, PluginSettings { text_bytes_max: 400_000, ..PluginSettings::default() });
    let message = plugin_failure(plugins.worker().extract(&things(&plugins), document.as_bytes()));
    assert!(message.contains("more text than the document can hold"), "{message}");
}

#[test]
fn spans_that_are_no_values_fail_the_plugin() {
    for (span, words) in [
        ((0, 6, 1), "bytes 6 to 7"),
        ((0, 7, 1), "bytes 7 to 8"),
        ((0, 6, 3), "bytes 6 to 9"),
        ((0, 6, 0), "bytes 6 to 6"),
        ((0, 0, 9), "bytes 0 to 9"),
        ((0, 9, 1), "bytes 9 to 10 of a document of 9 bytes for $.id"),
        ((0, u32::MAX, u32::MAX), "bytes 4294967295 to 8589934590"),
        ((1, 6, 2), "slot 1, but its resource has 1 slots"),
        ((u32::MAX, 6, 2), "slot 4294967295"),
    ] {
        check(&Guest::of(thing()).spans(&[span]), words);
    }
}

#[test]
fn spans_that_split_characters_or_strings_fail_the_plugin() {
    let document = r#"{"id":"aé\"b","x":1}"#;
    for (offset, length) in [(6, 3), (9, 3), (10, 4), (7, 1), (6, 7), (6, 9), (11, 3)] {
        plugin_failure(extract(&Guest::of(thing()).spans(&[(0, offset, length)]), document));
    }
    extract(&Guest::of(thing()).spans(&[(0, 6, 8)]), document).unwrap();
}

#[test]
fn overlapping_spans_are_values_each() {
    let mut resource = thing();
    resource.slots.push(Slot::new("student", "$.id"));
    let extraction = extract(&Guest::of(resource.clone()).spans(&[(1, 6, 2), (0, 6, 2)]), DOCUMENT).unwrap();
    assert_eq!(extraction.text(extraction.security.students[0]), "42");
    let message = plugin_failure(extract(&Guest::of(resource).spans(&[(0, 6, 2), (1, 7, 1)]), DOCUMENT));
    assert!(message.contains("where no JSON value stands"), "{message}");
}

#[test]
fn steps_that_do_not_match_the_spans_fail_the_plugin() {
    let mut resource = thing();
    resource.targets = vec![("Test", "ColourDescriptor")];
    resource.slots.push(Slot::new("descriptor", "$.colours[*].colour"));
    let answer =
        |steps: &[Step]| Answer { spans: vec![(0, 6, 2), (1, 6, 2)], steps: steps.to_vec(), ..Answer::default() };
    let guest = Guest::of(resource);
    check(&guest.clone().answer(answer(&[])), "gave 0 steps, but its spans need 1");
    check(&guest.clone().answer(answer(&[Step::Index(0), Step::Index(1)])), "gave 2 steps");
    check(&guest.clone().answer(answer(&[Step::Member(6, 2)])), "where no JSON value stands");
    check(&guest.clone().answer(answer(&[Step::Member(90, 2)])), "bytes 90 to 92");
    let answer = Answer { spans: vec![(0, 6, 2)], steps: vec![], texts: vec![(1, "uri://red")] };
    check(&guest.answer(answer), "computed a value for slot 1, whose values need steps");
}

#[test]
fn a_computed_text_for_an_undeclared_slot_fails_the_plugin() {
    let answer = Answer { spans: vec![(0, 6, 2)], steps: vec![], texts: vec![(3, "x")] };
    check(&Guest::of(thing()).answer(answer), "slot 3, but its resource has 1 slots");
}

#[test]
fn answers_that_change_from_call_to_call_are_taken_as_they_come() {
    // Every second answer is that there is no value.
    let body = "(global.set $calls (i32.xor (global.get $calls) (i32.const 1)))
        (i32.store (i32.add (global.get $answer) (i32.const 8)) (global.get $calls)) (global.get $answer)";
    let set = vec![("fickle".into(), good().extract(body).component()), ("good".into(), other().component())];
    let plugins = Plugins::load(set, PluginSettings::default()).unwrap();
    let (mut worker, others) = (plugins.worker(), plugins.route("test", "others").unwrap());
    for _ in 0..3 {
        worker.extract(&things(&plugins), DOCUMENT.as_bytes()).expect("the answer of one call is as good as any");
        assert_eq!(document_fault(worker.extract(&things(&plugins), DOCUMENT.as_bytes())).0, "identity-missing");
        worker.extract(&others, DOCUMENT.as_bytes()).expect("the other plugin goes on");
    }
}

/// Traps on every call but an instance's first.
const TRAPS_WHEN_USED: &str = "(if (global.get $calls) (then unreachable))
    (global.set $calls (i32.const 1)) (global.get $answer)";

#[test]
fn a_document_that_a_used_instance_fails_on_goes_to_a_new_one() {
    let plugins = load(&good().extract(TRAPS_WHEN_USED));
    let (mut worker, route) = (plugins.worker(), things(&plugins));
    for _ in 0..3 {
        worker.extract(&route, DOCUMENT.as_bytes()).expect("a new instance takes it");
    }
}

#[test]
fn an_instance_that_grew_is_thrown_away() {
    // Answers with spans only on an instance's first call; later its list of spans is empty.
    let body = "(if (global.get $calls) (then (i32.store (i32.add (global.get $answer) (i32.const 8)) (i32.const 0))))
        (global.set $calls (i32.const 1)) (global.get $answer)";
    let plugins = load(&good().extract(body));
    let (mut worker, route) = (plugins.worker(), things(&plugins));
    worker.extract(&route, DOCUMENT.as_bytes()).unwrap();
    let (code, _) = document_fault(worker.extract(&route, DOCUMENT.as_bytes()));
    assert_eq!(code, "identity-missing", "the instance is kept and remembers");
    let large = format!(r#"{{"id":42,"x":"{}"}}"#, "x".repeat(2 << 20));
    let mut worker = plugins.worker();
    worker.extract(&route, large.as_bytes()).unwrap();
    worker.extract(&route, DOCUMENT.as_bytes()).expect("the grown instance is gone");
}

#[test]
fn an_instance_that_was_large_from_the_start_is_kept() {
    // Answers nothing but on an instance's second call.
    let body = "(if (i32.eqz (global.get $calls)) (then
          (global.set $calls (i32.const 1))
          (i32.store (i32.add (global.get $answer) (i32.const 8)) (i32.const 0)))
        (else (i32.store (i32.add (global.get $answer) (i32.const 8)) (i32.const 1))))
        (global.get $answer)";
    let pages = 1 + u32::try_from(PluginSettings::default().memory_bytes_kept_max >> 16).unwrap();
    let plugins = load(&Guest { memory_pages: pages, ..good().extract(body) });
    let (mut worker, route) = (plugins.worker(), things(&plugins));
    assert_eq!(document_fault(worker.extract(&route, DOCUMENT.as_bytes())).0, "identity-missing");
    worker.extract(&route, DOCUMENT.as_bytes()).expect("the same instance again");
}

/// Fails on all documents but those of nine bytes, and is quarantined after three failures in a row.
fn load_picky(retry_pause: Duration) -> Plugins {
    let body = "(if (i32.ne (local.get $length) (i32.const 9)) (then unreachable)) (global.get $answer)";
    let settings = PluginSettings { failures_in_a_row_max: 3, retry_pause, ..PluginSettings::default() };
    load_with(&good().extract(body), settings)
}

/// Documents that the picky guest fails on, by number, and the message.
fn fail(plugins: &Plugins, number: usize) -> String {
    let document = format!(r#"{{"id":42{}}}"#, " ".repeat(number));
    plugin_failure(plugins.worker().extract(&things(plugins), document.as_bytes()))
}

#[test]
fn too_many_failures_in_a_row_quarantine_a_plugin_until_a_publish() {
    let plugins = load_picky(Duration::MAX);
    let route = things(&plugins);
    let fail_times = |times| (1..=times).for_each(|number| assert!(fail(&plugins, number).contains("trapped")));
    fail_times(2);
    plugins.worker().extract(&route, DOCUMENT.as_bytes()).expect("a success ends the row");
    fail_times(3);
    let message = plugin_failure(plugins.worker().extract(&route, DOCUMENT.as_bytes()));
    assert!(message.contains("quarantined after 3 failures in a row"), "{message}");
    assert_eq!(plugins.stats().quarantined, ["guest"]);
    plugins.publish(vec![("other".into(), other().component())]).unwrap();
    assert!(plugins.stats().quarantined.is_empty(), "a publish gives every plugin another chance");
    plugins.worker().extract(&route, DOCUMENT.as_bytes()).expect("it is asked again");
    fail_times(3);
    plugins.publish(vec![("corrected".into(), good().component())]).unwrap();
    plugins.worker().extract(&things(&plugins), DOCUMENT.as_bytes()).expect("a publish ends it");
}

#[test]
fn a_quarantined_plugin_is_tried_again_by_one_document_that_has_not_failed() {
    let plugins = load_picky(Duration::ZERO);
    let counts = || {
        let stats = plugins.stats();
        (stats.quarantined.len(), stats.quarantines, stats.retries, stats.recoveries)
    };
    (1..=3).for_each(|number| assert!(fail(&plugins, number).contains("trapped")));
    assert_eq!(counts(), (1, 1, 0, 0));
    (1..=3).for_each(|number| assert!(fail(&plugins, number).contains("quarantined after 3 failures in a row")));
    assert_eq!(counts(), (1, 1, 0, 0), "documents that failed do not try it again");
    assert!(fail(&plugins, 4).contains("trapped"));
    assert!(fail(&plugins, 4).contains("quarantined after 4 failures in a row"));
    assert_eq!(counts(), (1, 1, 1, 0));
    plugins.worker().extract(&things(&plugins), DOCUMENT.as_bytes()).expect("another caller's document is served");
    assert_eq!(counts(), (0, 1, 2, 1));
    assert!(fail(&plugins, 1).contains("trapped"), "it is asked about every document again");
}

#[test]
fn a_document_that_is_no_text_does_not_try_a_plugin_again() {
    let plugins = load_picky(Duration::ZERO);
    (1..=3).for_each(|number| assert!(fail(&plugins, number).contains("trapped")));
    assert_eq!(document_fault(plugins.worker().extract(&things(&plugins), b"\xff")).0, "invalid-json");
    assert_eq!(plugins.stats().retries, 0);
}

#[test]
fn refusals_by_a_plugin_are_kept_short() {
    // An error whose code and message are 40,000 bytes each of what lies in memory: zeros.
    let body = "(i32.store (i32.const 8) (i32.const 1))
        (i32.store (i32.const 12) (i32.const 40000)) (i32.store (i32.const 16) (i32.const 40000))
        (i32.store (i32.const 20) (i32.const 40000)) (i32.store (i32.const 24) (i32.const 40000))
        (i32.store (i32.const 28) (i32.const 5))
        (i32.const 8)";
    let (code, message) = document_fault(extract(&good().extract(body), DOCUMENT));
    assert_eq!(code.len(), 64);
    assert!(message.len() < 600 && message.ends_with("(byte 5)"), "{message}");
}

#[test]
fn documents_that_are_too_large_or_no_text_never_reach_a_plugin() {
    let plugins = load_with(
        &good().extract("unreachable"),
        PluginSettings { document_bytes_max: 9, ..PluginSettings::default() },
    );
    let (mut worker, route) = (plugins.worker(), things(&plugins));
    let outcome = worker.extract(&route, b"{\"id\": 42}").unwrap_err();
    assert_eq!(outcome, Outcome::TooLarge { bytes: 10, bytes_max: 9 });
    let (code, message) = document_fault(worker.extract(&route, b"{\"\xff\":1}"));
    assert_eq!(code, "invalid-json");
    assert!(message.contains("byte 2"), "{message}");
}

#[test]
fn the_largest_document_fits_into_a_plugin() {
    let settings = PluginSettings::default();
    let padding = "x".repeat(settings.document_bytes_max - r#"{"id":42,"x":""}"#.len());
    let document = format!(r#"{{"id":42,"x":"{padding}"}}"#);
    assert_eq!(document.len(), settings.document_bytes_max);
    extract(&good(), &document).unwrap();
}

#[test]
fn the_host_process_keeps_its_signal_handlers() {
    let Ok(before) = std::fs::read_to_string("/proc/self/status") else {
        return crate::need::skip("no /proc/self/status here");
    };
    extract(&good().extract("unreachable"), DOCUMENT).unwrap_err();
    let caught = |status: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix("SigCgt:\t")).expect("a mask of caught signals");
        u64::from_str_radix(line, 16).expect("hexadecimal digits")
    };
    let after = std::fs::read_to_string("/proc/self/status").unwrap();
    // SIGILL and SIGFPE: what an engine with signal handlers would have taken (Rust itself takes SIGSEGV).
    assert_eq!(caught(&after), caught(&before));
    assert_eq!(caught(&after) & (1 << 3 | 1 << 7), 0);
}

#[test]
fn time_for_a_document_grows_with_it() {
    let settings = PluginSettings {
        call_cpu_max: Duration::from_millis(1),
        call_cpu_per_mib_max: Duration::from_millis(2),
        ..PluginSettings::default()
    };
    let plugins = load_with(&good().extract("(loop br 0) (unreachable)"), settings);
    let large = format!(r#"{{"id":42,"x":"{}"}}"#, "x".repeat(1 << 20));
    for (document, words) in [(DOCUMENT, "ran for more than 1 ms of CPU time"), (&large, "ran for more than 5 ms")] {
        let message = plugin_failure(plugins.worker().extract(&things(&plugins), document.as_bytes()));
        assert!(message.contains(words), "{message}");
    }
}
