//! What the host makes of well-behaved plugins' answers: values, identities, references, and whose fault
//! comes first.

use laneway_model::{
    DocumentReference, EducationOrganization, Extraction, Extractor as _, Hierarchy, Outcome, ReferentialId, TokenKind,
    Value,
};

use crate::guest::{Answer, Guest, Resource, Slot, Step, other_thing, thing};
use crate::{document_fault, extract, load};

/// A document, and where things are in it.
struct Document(&'static str);

impl Document {
    /// A span for `slot` of the `nth` occurrence (from 0) of `token`.
    fn span(&self, slot: u32, token: &str, nth: usize) -> (u32, u32, u32) {
        let (at, _) = self.0.match_indices(token).nth(nth).unwrap_or_else(|| panic!("{token} in {}", self.0));
        (slot, u32::try_from(at).unwrap(), u32::try_from(token.len()).unwrap())
    }

    fn ask(&self, resource: &Resource, spans: &[(u32, u32, u32)]) -> Result<Extraction, Outcome> {
        extract(&Guest::of(resource.clone()).spans(spans), self.0)
    }
}

fn texts<'a>(extraction: &'a Extraction, values: &[Value]) -> Vec<&'a str> {
    values.iter().map(|value| extraction.text(*value)).collect()
}

/// A thing with these slots beside its identity, and with two targets.
fn with(slots: &[Slot]) -> Resource {
    let mut resource = thing();
    resource.targets = vec![("Test", "Base"), ("Test", "ColourDescriptor")];
    resource.slots.extend_from_slice(slots);
    resource
}

#[test]
fn identities_hold_every_kind_of_value() {
    for (token, text, kind) in [
        ("42", "42", TokenKind::Number),
        ("2.022e3", "2.022e3", TokenKind::Number),
        ("true", "true", TokenKind::Boolean),
        (r#""a\u00e9\"""#, "aé\"", TokenKind::String),
        (r#""\ud83d\ude00\u0000""#, "😀\0", TokenKind::String),
        (r#""""#, "", TokenKind::String),
    ] {
        let document = format!(r#"{{"id":{token}}}"#);
        let guest = Guest::of(thing()).spans(&[(0, 6, u32::try_from(token.len()).unwrap())]);
        let extraction = extract(&guest, &document).unwrap();
        assert_eq!(extraction.identity().collect::<Vec<_>>(), [("$.id", text)]);
        assert_eq!(extraction.values[0].token, kind);
        assert_eq!(extraction.referential_id, ReferentialId::of("Test", "Thing", [("$.id", text)]));
        assert_eq!(extraction.superclass_referential_id, None);
        assert_eq!(extraction.hierarchy, None);
    }
}

#[test]
fn identity_parts_stand_in_the_order_of_their_slots() {
    let document = Document(r#"{"b":2,"id":1}"#);
    let resource = with(&[Slot::new("identity", "$.b").path("$.b")]);
    let extraction = document.ask(&resource, &[document.span(1, "2", 0), document.span(0, "1", 0)]).unwrap();
    assert_eq!(extraction.identity().collect::<Vec<_>>(), [("$.id", "1"), ("$.b", "2")]);
    assert_eq!(extraction.referential_id, ReferentialId::of("Test", "Thing", [("$.id", "1"), ("$.b", "2")]));
}

#[test]
fn identity_parts_can_be_computed() {
    let guest = Guest::of(thing()).answer(Answer { texts: vec![(0, "comp\"uted")], ..Answer::default() });
    let extraction = extract(&guest, "{}").unwrap();
    assert_eq!(extraction.identity().collect::<Vec<_>>(), [("$.id", "comp\"uted")]);
    assert_eq!(extraction.values[0].token, TokenKind::String);
}

#[test]
fn superclasses_give_a_second_id() {
    let document = Document(r#"{"id":1,"b":2}"#);
    let spans = [document.span(0, "1", 0), document.span(1, "2", 0)];
    let resource = with(&[Slot::new("identity", "$.b").path("$.b")]);
    let single = Resource { superclass: Some(("Test", "Base", "$.baseId")), ..resource.clone() };
    let extraction = document.ask(&single, &spans).unwrap();
    assert_eq!(extraction.superclass_identity().collect::<Vec<_>>(), [("$.baseId", "1")]);
    assert_eq!(extraction.superclass_referential_id, Some(ReferentialId::of("Test", "Base", [("$.baseId", "1")])));
    let association = Resource { superclass: Some(("Test", "Base", "")), ..resource };
    let extraction = document.ask(&association, &spans).unwrap();
    let elements = [("$.id", "1"), ("$.b", "2")];
    assert_eq!(extraction.superclass_identity().collect::<Vec<_>>(), elements);
    assert_eq!(extraction.superclass_referential_id, Some(ReferentialId::of("Test", "Base", elements)));
}

#[test]
fn descriptor_documents_are_identified_by_namespace_and_code_value() {
    let resource = Resource {
        resource_name: "ColourDescriptor",
        is_descriptor: true,
        slots: vec![
            Slot::new("descriptor-namespace", "$.namespace"),
            Slot::new("descriptor-code-value", "$.codeValue"),
            Slot::new("namespace", "$.namespace"),
        ],
        ..thing()
    };
    let document = Document(r#"{"codeValue":"ΡΕΔ","namespace":"URI://X"}"#);
    let namespace = |slot| document.span(slot, r#""URI://X""#, 0);
    let code_value = document.span(1, "\"ΡΕΔ\"", 0);
    let extraction = document.ask(&resource, &[code_value, namespace(0), namespace(2)]).unwrap();
    assert_eq!(extraction.identity().collect::<Vec<_>>(), [("$.descriptor", "uri://x#ρεδ")]);
    assert_eq!(texts(&extraction, &extraction.security.namespaces), ["URI://X"], "keeps its case");
    for spans in [vec![namespace(0)], vec![code_value], vec![namespace(0), namespace(0), code_value], vec![]] {
        assert_eq!(document_fault(document.ask(&resource, &spans)).0, "identity-missing");
    }
    for token in ["1", "null", "true", "{", "["] {
        let text: &'static str = format!(r#"{{"codeValue":{token} ,"namespace":"x"}}"#).leak();
        let document = Document(text);
        let spans = [document.span(1, token, usize::from(token == "{")), document.span(0, "\"x\"", 0)];
        let (code, message) = document_fault(document.ask(&resource, &spans));
        assert_eq!(code, "identity-missing", "{token}");
        assert!(message.contains("$.codeValue is no string"), "{message}");
    }
}

/// Two lists: `a` with two parts, `b` with one; to `Base` and back to `Thing`'s project.
fn referring() -> Resource {
    with(&[
        Slot::new("reference", "$.a[*].x").path("$.xId").group(4),
        Slot::new("reference", "$.a[*].y").path("$.y.id").group(4),
        Slot::new("reference", "$.b.z").path("$.descriptor").target(1).group(9),
    ])
}

#[test]
fn references_are_zipped_list_by_list() {
    let document = Document(r#"{"id":1,"b":{"z":"Z"},"a":[{"x":"p","y":2},{"y":3,"x":"q"},{"x":"p","y":2}]}"#);
    let spans = [
        document.span(0, "1", 0),
        document.span(3, "\"Z\"", 0),
        document.span(1, "\"p\"", 0),
        document.span(2, "2", 0),
        document.span(2, "3", 0),
        document.span(1, "\"q\"", 0),
        document.span(1, "\"p\"", 1),
        document.span(2, "2", 1),
    ];
    let extraction = document.ask(&referring(), &spans).unwrap();
    let found =
        |reference: &DocumentReference| (reference.list, texts(&extraction, extraction.reference_values(reference)));
    let found: Vec<_> = extraction.references.iter().map(found).collect();
    let expected = [(0, vec!["p", "2"]), (0, vec!["q", "3"]), (0, vec!["p", "2"]), (1, vec!["Z"])];
    assert_eq!(found, expected, "in the order of lists, duplicates kept");
    let id = |x, y| ReferentialId::of("Test", "Base", [("$.xId", x), ("$.y.id", y)]);
    let ids: Vec<_> = extraction.references.iter().map(|reference| reference.id).collect();
    let z = ReferentialId::of("Test", "ColourDescriptor", [("$.descriptor", "Z")]);
    assert_eq!(ids, [id("p", "2"), id("q", "3"), id("p", "2"), z], "a descriptor inside a reference keeps its case");
    let nothing = document.ask(&referring(), &spans[..1]).unwrap();
    assert!(nothing.references.is_empty());
}

#[test]
fn references_of_unequal_parts_are_refused() {
    let document = Document(r#"{"id":1,"a":[{"x":"p","y":2},{"y":3}]}"#);
    let spans =
        [document.span(0, "1", 0), document.span(1, "\"p\"", 0), document.span(2, "2", 0), document.span(2, "3", 0)];
    let (code, message) = document_fault(document.ask(&referring(), &spans));
    assert_eq!(code, "unequal-slices");
    assert!(message.contains("$.a[*].x has 1 values and $.a[*].y has 2"), "{message}");
    let (code, _) = document_fault(document.ask(&referring(), &[spans[0], spans[2]]));
    assert_eq!(code, "unequal-slices", "the first part may be the one that is missing");
}

#[test]
fn descriptor_references_know_their_paths() {
    let resource =
        with(&[Slot::new("descriptor", "$.top").target(1), Slot::new("descriptor", "$.a[*][*].colour").target(1)]);
    let document = Document(r#"{"id":1,"a":[{"q\"x":{"colour":"URI#Blue"}},[{"colour":"RED"}]],"top":"GREEN"}"#);
    let (_, name, name_length) = document.span(0, r#""q\"x""#, 0);
    let answer = Answer {
        spans: vec![
            document.span(0, "1", 0),
            document.span(2, "\"URI#Blue\"", 0),
            document.span(2, "\"RED\"", 0),
            document.span(1, "\"GREEN\"", 0),
        ],
        steps: vec![Step::Index(0), Step::Member(name, name_length), Step::Index(1), Step::Index(0)],
        texts: vec![(1, "COMPUTED")],
    };
    let extraction = extract(&Guest::of(resource).answer(answer), document.0).unwrap();
    let found: Vec<_> = extraction
        .descriptors
        .iter()
        .map(|descriptor| (extraction.text(descriptor.uri), extraction.descriptor_path(descriptor)))
        .collect();
    let expected =
        [("green", "$.top"), ("computed", "$.top"), ("uri#blue", "$.a[0].q\"x.colour"), ("red", "$.a[1][0].colour")];
    assert_eq!(found, expected.map(|(uri, path)| (uri, path.to_owned())));
    for descriptor in &extraction.descriptors {
        let uri = extraction.text(descriptor.uri);
        assert_eq!(descriptor.id, ReferentialId::of("Test", "ColourDescriptor", [("$.descriptor", uri)]));
    }
}

#[test]
fn security_elements_are_distinct_and_in_order() {
    let resource = with(&[
        Slot::new("student", "$.s[*]"),
        Slot::new("student", "$.t"),
        Slot::new("education-organization", "$.o[*]").name("A"),
        Slot::new("education-organization", "$.p").name("B"),
        Slot::new("education-organization", "$.p").name("A"),
        Slot::new("contact", "$.c"),
        Slot::new("staff", "$.f"),
    ]);
    let document = Document(r#"{"id":0,"s":["b","a","b","\u0061"],"t":"c","o":[7," +07 "],"p":8,"c":"C","f":"F"}"#);
    let spans = [
        document.span(0, "0", 0),
        document.span(2, "\"c\"", 0),
        document.span(1, "\"b\"", 0),
        document.span(1, "\"a\"", 0),
        document.span(1, "\"b\"", 1),
        document.span(1, r#""\u0061""#, 0),
        document.span(3, "7", 0),
        document.span(3, "\" +07 \"", 0),
        document.span(4, "8", 0),
        document.span(5, "8", 0),
        document.span(6, "\"C\"", 0),
        document.span(7, "\"F\"", 0),
    ];
    let spans: Vec<_> = spans
        .into_iter()
        .map(|(slot, offset, length)| {
            // `"c"` stands first as a value of `t`, not as a member's name.
            let offset =
                if slot == 2 { u32::try_from(document.0.find(r#""t":"c""#).unwrap()).unwrap() + 4 } else { offset };
            (slot, offset, length)
        })
        .collect();
    let extraction = document.ask(&resource, &spans).unwrap();
    let security = &extraction.security;
    assert_eq!(texts(&extraction, &security.students), ["b", "a", "c"]);
    assert_eq!(texts(&extraction, &security.contacts), ["C"]);
    assert_eq!(texts(&extraction, &security.staff), ["F"]);
    let organization = |property, id| EducationOrganization { property, id };
    assert_eq!(security.education_organizations, [organization(0, 7), organization(1, 8), organization(0, 8)]);
    let names: Vec<_> = extraction.resource.property_names.iter().map(|name| &**name).collect();
    assert_eq!(names, ["A", "B"]);
    let securable = extraction.resource.securable;
    assert!(securable.student && securable.education_organization && securable.contact && securable.staff);
    assert!(!securable.namespace);
}

#[test]
fn many_security_elements_are_distinct_too() {
    let resource = with(&[Slot::new("student", "$.s[*]"), Slot::new("education-organization", "$.s[*]").name("A")]);
    let document = Document(r#"{"id":0,"s":[1,2,3,4,5,6,7,8,9]}"#);
    let mut spans = vec![document.span(0, "0", 0)];
    for _ in 0..3 {
        for digit in ["9", "1", "5", "2", "3", "4", "6", "7", "8"] {
            spans.extend([document.span(1, digit, 0), document.span(2, digit, 0)]);
        }
    }
    let extraction = document.ask(&resource, &spans).unwrap();
    let expected = ["9", "1", "5", "2", "3", "4", "6", "7", "8"];
    assert_eq!(texts(&extraction, &extraction.security.students), expected);
    let ids: Vec<_> = extraction.security.education_organizations.iter().map(|one| one.id.to_string()).collect();
    assert_eq!(ids, expected);
}

#[test]
fn organization_ids_are_integers() {
    let resource = with(&[Slot::new("education-organization", "$.o").name("A")]);
    for token in ["1.0", "1e3", "true", "\"\"", "\"- 1\"", "9223372036854775808"] {
        let document = Document(format!(r#"{{"id":0,"o":{token} }}"#).leak());
        let spans = [document.span(0, "0", 0), document.span(1, &format!("{token} "), 0)];
        let spans = spans.map(|(slot, offset, length)| (slot, offset, length - u32::from(slot == 1)));
        let (code, message) = document_fault(document.ask(&resource, &spans));
        assert_eq!(code, "not-an-int64", "{token}");
        assert!(message.starts_with("$.o is `"), "{message}");
    }
}

#[test]
fn the_hierarchy_takes_the_first_parent_and_reads_no_other() {
    let mut resource =
        with(&[Slot::new("parent-education-organization", "$.p"), Slot::new("parent-education-organization", "$.q")]);
    resource.in_hierarchy = true;
    let document = Document(r#"{"id":" 5 ","p":6,"q":"x"}"#);
    let (id, p, q) = (document.span(0, "\" 5 \"", 0), document.span(1, "6", 0), document.span(2, "\"x\"", 0));
    let hierarchy = |spans: &[_]| document.ask(&resource, spans).unwrap().hierarchy;
    assert_eq!(hierarchy(&[q, id, p]), Some(Hierarchy { id: 5, parent_id: 6 }));
    assert_eq!(hierarchy(&[id]), Some(Hierarchy { id: 5, parent_id: 0 }));
    assert_eq!(document_fault(document.ask(&resource, &[id, q])).0, "not-an-int64");
    assert_eq!(document_fault(document.ask(&resource, &[(0, q.1, q.2)])).0, "not-an-int64");
}

#[test]
fn an_etag_counts_only_as_one_string() {
    let resource = with(&[Slot::new("etag", "$._etag")]);
    for (token, expected) in [
        ("\"5\"", Some("5")),
        (r#""\u0035""#, Some("5")),
        ("5", None),
        ("null", None),
        ("[", None),
        (r#""\ud800""#, None),
    ] {
        let document = Document(format!(r#"{{"id":0,"_etag":{token} }}"#).leak());
        let (_, offset, _) = document.span(1, "_etag\":", 0);
        let span = (1, offset + 7, u32::try_from(token.len()).unwrap());
        let extraction = document.ask(&resource, &[document.span(0, "0", 0), span]).unwrap();
        assert_eq!(extraction.etag.map(|etag| extraction.text(etag)), expected, "{token}");
        let extraction = document.ask(&resource, &[document.span(0, "0", 0), span, span]).unwrap();
        assert_eq!(extraction.etag, None, "{token}");
    }
}

#[test]
fn each_fault_of_a_value_has_its_code() {
    for (token, code, words) in [
        ("null", "not-a-scalar", "$.id is null, an object or an array (byte 6)"),
        ("{", "not-a-scalar", "$.id is null"),
        ("[", "not-a-scalar", "$.id is null"),
        (r#""\ud800""#, "lone-surrogate", "$.id holds half of a surrogate pair"),
        (r#""\ude00\ud83d""#, "lone-surrogate", "$.id"),
        (r#""\x""#, "invalid-json", "$.id is not JSON"),
        ("01", "invalid-json", "$.id is not JSON"),
        ("NaN", "invalid-json", "$.id is not JSON"),
    ] {
        let document = format!(r#"{{"id":{token} }}"#);
        let guest = Guest::of(thing()).spans(&[(0, 6, u32::try_from(token.len()).unwrap())]);
        let (found, message) = document_fault(extract(&guest, &document));
        assert_eq!(found, code, "{token}");
        assert!(message.contains(words), "{message}");
    }
    let (code, message) = document_fault(extract(&Guest::of(thing()), "{}"));
    assert_eq!(
        (&*code, &*message),
        ("identity-missing", "$.id is missing; the identity needs exactly one value there.")
    );
    let (code, message) = document_fault(extract(&Guest::of(thing()).spans(&[(0, 6, 1), (0, 6, 1)]), r#"{"id":1}"#));
    assert_eq!(code, "identity-missing");
    assert!(message.contains("$.id has 2 values"), "{message}");
}

#[test]
fn the_first_fault_is_the_dms_s_first() {
    // Every value is at fault, each in its own way; repaired one after another, the next one shows.
    let mut resource = with(&[
        Slot::new("reference", "$.x").path("$.x").group(1),
        Slot::new("reference", "$.y").path("$.y").group(1),
        Slot::new("descriptor", "$.d").target(1),
        Slot::new("namespace", "$.n"),
        Slot::new("education-organization", "$.o").name("A"),
        Slot::new("student", "$.s"),
        Slot::new("parent-education-organization", "$.p"),
    ]);
    resource.in_hierarchy = true;
    let document = Document(r#"{"b":null,"u":"\ud800","g":"g","id":7}"#);
    let (null, surrogate) = (document.span(0, "null", 0), document.span(0, r#""\ud800""#, 0));
    let (word, number) = (document.span(0, "\"g\"", 1), document.span(0, "7", 0));
    let word = (word.0, word.1, word.2);
    let bad = [null, null, surrogate, null, surrogate, word, null, word];
    let good = [number, word, word, word, word, number, word, number];
    let codes = [
        "not-a-scalar",
        "not-a-scalar",
        "lone-surrogate",
        "not-a-scalar",
        "lone-surrogate",
        "not-an-int64",
        "not-a-scalar",
        "not-an-int64",
    ];
    for repaired in 0..codes.len() {
        let spans = good[..repaired].iter().chain(&bad[repaired..]);
        let mut spans: Vec<_> = (0..).zip(spans).map(|(slot, (_, offset, length))| (slot, *offset, *length)).collect();
        // The order of a plugin's spans is not the order in which faults count.
        spans.reverse();
        let (code, message) = document_fault(document.ask(&resource, &spans));
        assert_eq!(code, codes[repaired], "{repaired}: {message}");
        let location = resource.slots[repaired].location;
        assert!(message.starts_with(location), "{repaired}: {message}");
    }
}

#[test]
fn one_worker_serves_many_documents_and_resources() {
    let other = other_thing();
    let guest = Guest { resources: vec![thing(), other], ..Guest::of(thing()) };
    // Resource 1 gets no span: its list is set to be empty.
    let body = "(if (local.get $index) (then (i32.store (i32.add (global.get $answer) (i32.const 8)) (i32.const 0)))
        (else (i32.store (i32.add (global.get $answer) (i32.const 8)) (i32.const 1)))) (global.get $answer)";
    let plugins = load(&guest.spans(&[(0, 6, 1)]).extract(body));
    let (things, others) = (plugins.route("test", "things").unwrap(), plugins.route("test", "others").unwrap());
    assert_eq!(things.group, others.group, "one plugin, one group");
    let mut worker = plugins.worker();
    for digit in 0..10 {
        let document = format!(r#"{{"id":{digit}}}"#);
        let extraction = worker.extract(&things, document.as_bytes()).unwrap();
        assert_eq!(extraction.identity().next(), Some(("$.id", &*digit.to_string())));
        assert_eq!(document_fault(worker.extract(&others, document.as_bytes())).0, "identity-missing");
    }
}
