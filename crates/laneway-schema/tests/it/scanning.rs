//! What components find in documents, and which they refuse. (The rules themselves are compared with a second
//! implementation over many documents in the harness; here is what those rarely hold.)

use expect_test::{Expect, expect};

use crate::{guest::Guest, schema};

fn things() -> Guest {
    Guest::of(&[schema::parse("core.json", &schema::core())], "things")
}

fn check(document: &str, expected: &Expect) {
    expected.assert_eq(&things().found(document));
}

fn check_faults(documents: &[(&str, &str)]) {
    let mut guest = things();
    for (document, fault) in documents {
        assert_eq!(guest.found(document), format!("{fault}\n"), "{document}");
    }
}

#[test]
fn values_come_in_the_documents_order_with_all_their_meanings() {
    check(
        r#"{"ref":{"id2":"x"},"spaces":["b","a"],"id1":7,"_etag":"\"1\""}"#,
        &expect![[r#"
        identity $.ref.id2: "x"
        reference $.ref.id2: "x"
        reference $.ref.id2: "x"
        student $.ref.id2: "x"
        namespace $.spaces[*]: "b"
        namespace $.spaces[*]: "a"
        identity $.id1: 7
        namespace $.id1: 7
        etag $._etag: "\"1\""
    "#]],
    );
}

#[test]
fn a_star_walks_arrays_and_objects() {
    let document = r#"{"list":{"a b":{"kinds":[{"kindDescriptor":"k"}]},"c":{"kinds":{"d\u0065":{"kindDescriptor":"l"}}}},"any":{"one":"o","two":"t"}}"#;
    check(
        document,
        &expect![[r#"
        descriptor $.list[*].kinds[*].kindDescriptor: "k" ."a b" [0]
        descriptor $.list[*].kinds[*].kindDescriptor: "l" ."c" ."d\u0065"
        descriptor $.any[*]: "o" ."one"
        descriptor $.any.one: "o"
        descriptor $.any[*]: "t" ."two"
    "#]],
    );
}

#[test]
fn a_value_that_is_no_scalar_is_pointed_at() {
    check(
        r#"{"id1":null,"ref":{"id2":{"x":1}},"kindDescriptor":[],"any":[["a"],{}]}"#,
        &expect![[r#"
        identity $.id1: null
        namespace $.id1: null
        identity $.ref.id2: {
        reference $.ref.id2: {
        reference $.ref.id2: {
        student $.ref.id2: {
        descriptor $.kindDescriptor: [
        descriptor $.any[*]: [ [0]
        descriptor $.any[*]: { [1]
    "#]],
    );
}

#[test]
fn members_that_only_look_like_known_ones_are_not_found() {
    check(
        r#"{"ID1":1,"id":2,"id11":3,"i":4,"":5,"id1 ":6,"\u0069d1":7}"#,
        &expect![[r#"
        identity $.id1: 7
        namespace $.id1: 7
    "#]],
    );
}

#[test]
fn text_beyond_ascii_is_left_as_it_is() {
    check(
        "{\"é\":\"\u{7f}ü😀\",\"id1\":\"Šárka 😀\",\"ﬁ\":{\"日本\":[\"語\"]}}",
        &expect![[r#"
        identity $.id1: "Šárka 😀"
        namespace $.id1: "Šárka 😀"
    "#]],
    );
}

#[test]
fn values_of_any_length_and_alignment_are_whole() {
    let mut guest = things();
    for length in 0..200 {
        let value = "x".repeat(length);
        for space in ["", " ", "\n\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t"] {
            let document =
                format!("{{{space}\"pad{value}\"{space}:{space}1,\"id1\"{space}:{space}\"{value}\"{space}}}");
            let found = guest.found(&document);
            let [identity, namespace] = ["identity", "namespace"].map(|kind| format!("{kind} $.id1: \"{value}\"\n"));
            assert_eq!(found, format!("{identity}{namespace}"), "{document}");
        }
    }
}

#[test]
fn numbers_are_checked_by_the_grammar() {
    let mut guest = things();
    for number in ["0", "-0", "10", "0.5", "1e3", "1E+3", "1e-3", "-1.25e10", "123456789012345678901234567890.5"] {
        let found = guest.found(&format!("{{\"id1\":{number}}}"));
        assert!(found.starts_with(&format!("identity $.id1: {number}\n")), "{number}: {found}");
    }
    for number in ["01", "-", "+1", "1.", ".5", "1e", "1e+", "-a", "0x1", "1.e1", "--1", "NaN", "Infinity", "1_000"] {
        let found = guest.found(&format!("{{\"id1\":{number}}}"));
        assert!(found.starts_with("invalid-json at "), "{number}: {found}");
    }
}

#[test]
fn the_grammar_is_checked_everywhere() {
    let mut guest = things();
    for (document, offset, fault) in [
        ("", 0, "a value is expected here"),
        (" ", 1, "a value is expected here"),
        ("{", 1, "a member's name in quotes is expected here"),
        ("{\"a\"", 4, "a colon is expected here"),
        ("{\"a\":", 5, "a value is expected here"),
        ("{\"a\":tru}", 5, "a value is expected here"),
        ("{\"a\":1", 6, "a comma or a closing brace is expected here"),
        ("{\"a\":1,}", 7, "a member's name in quotes is expected here"),
        ("{\"a\" 1}", 5, "a colon is expected here"),
        ("{a:1}", 1, "a member's name in quotes is expected here"),
        ("{\"a\":[1,]}", 8, "a value is expected here"),
        ("{\"a\":[1 2]}", 8, "a comma or a closing bracket is expected here"),
        ("{\"a\":\"\u{1}\"}", 6, "a string has no end, or holds a control character"),
        ("{\"a\":\"\0\"}", 6, "a string has no end, or holds a control character"),
        ("{\"a\":\"x}", 8, "a string has no end, or holds a control character"),
        (r#"{"a":"\x"}"#, 6, "a string holds an unknown escape"),
        (r#"{"a":"\u12g4"}"#, 6, "a string holds an unknown escape"),
        ("{\"a\":1} x", 8, "something follows its end"),
        ("{\"a\":1}\0", 7, "something follows its end"),
        ("\u{feff}{}", 0, "a value is expected here"),
    ] {
        let expected = format!("invalid-json at {offset}: The document is not JSON: {fault}.\n");
        assert_eq!(guest.found(document), expected, "{document}");
    }
}

#[test]
fn only_objects_are_documents() {
    for document in ["null", " 1", "\"a\"", "[{}]", "true"] {
        assert!(things().found(document).starts_with("not-an-object at "), "{document}");
    }
    assert!(things().found("[1").starts_with("invalid-json at "), "first of all a document must be JSON");
}

#[test]
fn at_most_64_brackets_are_open() {
    let nested = |depth: usize| format!("{{\"x\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    assert_eq!(things().found(&nested(64)), "");
    expect![[r#"
        invalid-json at 68: The document has more than 64 open brackets.
    "#]]
    .assert_eq(&things().found(&nested(65)));
}

#[test]
fn repeated_names_are_found_outside_arrays_in_arrays() {
    check_faults(&[
        (r#"{"id1":1,"id1":2}"#, r#"duplicate-property at 9: An object has two members named "id1"."#),
        (
            r#"{"id1":1,"x":{"a":1,"b":{"c":1,"\u0063":2}}}"#,
            r#"duplicate-property at 31: An object has two members named "\u0063"."#,
        ),
        (r#"{"x":[{"a":1,"a":2}]}"#, r#"duplicate-property at 13: An object has two members named "a"."#),
    ]);
    assert_eq!(things().found(r#"{"x":[[{"a":1,"a":2}]],"y":[[{"z":{"b":1,"b":2},"\ud800":1}]]}"#), "");
    assert_eq!(things().found(r#"{"x":{"a":1},"y":{"a":1,"x":{"a":1}}}"#), "");
}

/// As where a parser makes dictionaries from the outside in, after the whole document has been parsed.
#[test]
fn of_several_faults_the_outermost_counts() {
    check_faults(&[
        (r#"{"x":{"a":1,"a":2},"y":1,"y":2}"#, r#"duplicate-property at 25: An object has two members named "y"."#),
        (
            r#"{"x":{"a":1,"a":2},"\ud800":1}"#,
            r#"lone-surrogate at 19: The name of a member holds half of a surrogate pair."#,
        ),
        (
            r#"{"x":{"a":1,"a":2},"y":{"\udc00":1}}"#,
            r#"duplicate-property at 12: An object has two members named "a"."#,
        ),
        (
            r#"{"x":{"a":1,"a":2},}"#,
            r#"invalid-json at 19: The document is not JSON: a member's name in quotes is expected here."#,
        ),
    ]);
}

#[test]
fn surrogate_pairs_in_names_are_characters() {
    check_faults(&[
        (r#"{"\ud83d\ude00":1,"😀":2}"#, r#"duplicate-property at 18: An object has two members named "😀"."#),
        (r#"{"\ud83d\ud83d\ude00":1}"#, r#"lone-surrogate at 1: The name of a member holds half of a surrogate pair."#),
    ]);
}

/// Objects with more unknown names than are compared one by one, and than have bits.
#[test]
fn repeated_names_are_found_among_very_many() {
    let mut guest = things();
    let members = |count: usize| (0..count).map(|n| format!("\"n{n}\":{n}")).collect::<Vec<_>>();
    for count in [2, 32, 33, 34, 65, 300, 40_000] {
        let members = members(count);
        assert_eq!(guest.found(&format!("{{{}}}", members.join(","))), "", "{count} different names");
        for (original, copy) in [(0, count), (0, 1), (count - 1, count), (count / 2, count / 2 + 1)] {
            let mut members = members.clone();
            members.insert(copy, format!("\"\\u006e{original}\":0"));
            let document = format!("{{{}}}", members.join(","));
            let expected = format!("\"\\u006e{original}\"");
            let error = guest.extract(0, &document).unwrap_err();
            assert_eq!(error.code, "duplicate-property");
            assert!(error.message.contains(&expected) && document[error.offset as usize..].starts_with(&expected));
        }
    }
}

#[test]
fn repeated_names_are_found_among_more_known_members_than_have_bits() {
    let mut schema = schema::core();
    for n in 0..200 {
        let entry = serde_json::json!({ "isReference": false, "path": format!("$.member{n}") });
        schema["projectSchema"]["resourceSchemas"]["things"]["documentPathsMapping"][format!("M{n}")] = entry;
    }
    let mut guest = Guest::of(&[schema::parse("core.json", &schema)], "things");
    let members: Vec<String> = (0..200).rev().map(|n| format!("\"member{n}\":1")).collect();
    assert_eq!(guest.found(&format!("{{{}}}", members.join(","))), "");
    for n in [0, 10, 63, 64, 65, 199] {
        let document = format!("{{{},\"member{n}\":2}}", members.join(","));
        assert!(guest.found(&document).starts_with("duplicate-property at "), "member{n}");
    }
}

/// What an instance has learnt from documents must never show.
#[test]
fn earlier_documents_do_not_change_an_answer() {
    let documents = [
        r#"{"id1":1,"ref":{"id2":2},"spaces":["a"]}"#,
        r#"{"spaces":["a"],"id1":1,"ref":{"id2":2}}"#,
        r#"{"ref":{"id2":2},"x":1,"id1":1}"#,
        r#"{"id1":1,"id1":1}"#,
        r#"{"id1":"#,
        r#"{ "ref" : { "id2" : 2 } , "id1" : 1 }"#,
        "",
        "{}",
    ];
    let fresh: Vec<String> = documents.iter().map(|document| things().found(document)).collect();
    let mut guest = things();
    for turn in 0..documents.len() * documents.len() {
        let (one, other) = (turn % documents.len(), turn / documents.len());
        for number in [one, other, one] {
            assert_eq!(guest.found(documents[number]), fresh[number], "{}", documents[number]);
        }
    }
}

/// Larger than the memory an instance begins with, and with more results.
#[test]
fn large_documents_make_memory_grow() {
    let mut guest = things();
    const ITEMS: usize = 30_000;
    let items: Vec<String> = (0..ITEMS).map(|n| format!("{{\"kinds\":[{{\"kindDescriptor\":\"{n}\"}}]}}")).collect();
    let document = format!("{{\"list\":[{}],\"id1\":\"{}\"}}", items.join(","), "é".repeat(1_000_000));
    let found = guest.extract(0, &document).unwrap();
    assert_eq!((found.spans.len(), found.steps.len()), (ITEMS + 2, 2 * ITEMS));
    assert_eq!(guest.found("{\"id1\":1}"), "identity $.id1: 1\nnamespace $.id1: 1\n");
}
