//! A plugin's manifest and what it returns about a document, both made of the same bytes: the host refuses them or takes them
//! apart, reads nothing outside of the document, and gives as many values as there are.

use arbitrary::{Result, Unstructured};
use laneway_model::{Extraction, describe_extraction};
use laneway_plugin::fuzzing::{Planned, Refused, wit};
use serde_json::Value;

const TEXT_BYTES_MAX: usize = 10_000;
/// What slots may be of; the last is unknown.
const KINDS: [&str; 17] = [
    "identity",
    "descriptor-namespace",
    "descriptor-code-value",
    "reference",
    "descriptor",
    "namespace",
    "education-organization",
    "student",
    "contact",
    "staff",
    "parent-education-organization",
    "etag",
    "number",
    "boolean",
    "date",
    "date-time",
    "other",
];
const PATHS: [&str; 10] =
    ["$.a", "$.x", "$.y", "", "$", "$.l[*].x", "$.l[*].y", "$.l[*].m[*].z", "$.descriptor", "a.b"];
const NAMES: [&str; 5] = ["P", "T", "EducationOrganization", "", "\u{130}"];
/// What documents are made of: values, one behind another in an array.
const TOKENS: [&str; 16] = [
    "7",
    "\"URI#\u{c4}\"",
    "\" 12 \"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud800\"",
    "null",
    "true",
    "-0.50e2",
    "9223372036854775808",
    "\"\"",
    "{}",
    "[]",
    "{\"x\":1}",
    "\"\\u0041\"",
    "\"9/9/2020\"",
    "\"uri://a#\u{1f600}\"",
];

pub(crate) fn run(data: &[u8]) {
    // Bytes that have come to their end give zeros, so nothing fails.
    let _ = play(&mut Unstructured::new(data));
}

fn play(bytes: &mut Unstructured<'_>) -> Result<()> {
    let manifest = manifest(bytes)?;
    let planned = match Planned::new(&manifest) {
        Ok(planned) => planned,
        Err(refused) => {
            assert!(!refused.is_empty());
            return Ok(());
        }
    };
    assert_eq!(planned.resources(), manifest.resources.len());
    let tokens = some(bytes, 9, |bytes| bytes.choose(&TOKENS).copied())?;
    let document = format!("[{}]", tokens.join(","));
    let resource = bytes.choose_index(manifest.resources.len())?;
    let output = output(bytes, &manifest.resources[resource].slots, &tokens)?;
    match planned.read(resource, &document, &output, TEXT_BYTES_MAX) {
        Ok(extraction) => check(&extraction, &manifest.resources[resource], &output),
        Err(Refused::Document(code, message)) => {
            assert!(!code.is_empty() && !message.is_empty(), "{code} {message}");
        }
        Err(Refused::Plugin(what)) => assert!(!what.is_empty()),
    }
    Ok(())
}

fn some<T>(
    bytes: &mut Unstructured<'_>,
    max: usize,
    mut make: impl FnMut(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let count = bytes.int_in_range(0..=max)?;
    (0..count).map(|_| make(bytes)).collect()
}

fn manifest(bytes: &mut Unstructured<'_>) -> Result<wit::Manifest> {
    let dialect = if bytes.ratio(1, 32)? { "dms-0.1" } else { laneway_dms::Dialect::default().name() };
    let resources = (0..bytes.int_in_range(1..=2)?).map(|number| description(bytes, number)).collect::<Result<_>>()?;
    Ok(wit::Manifest { name: "fuzz".into(), version: "1".into(), dialect: dialect.into(), resources })
}

fn text(bytes: &mut Unstructured<'_>, of: &[&str]) -> Result<String> {
    bytes.choose(of).map(|text| (*text).to_owned())
}

fn superclass(bytes: &mut Unstructured<'_>) -> Result<Option<wit::Superclass>> {
    if !bytes.ratio(1, 4)? {
        return Ok(None);
    }
    let (project_name, resource_name) = (text(bytes, &NAMES)?, text(bytes, &NAMES)?);
    Ok(Some(wit::Superclass { project_name, resource_name, identity_path: text(bytes, &PATHS)? }))
}

fn target(bytes: &mut Unstructured<'_>) -> Result<wit::Target> {
    Ok(wit::Target { project_name: text(bytes, &NAMES)?, resource_name: text(bytes, &NAMES)? })
}

fn any_slot(bytes: &mut Unstructured<'_>) -> Result<wit::Slot> {
    let (kind, path, location) = (text(bytes, &KINDS)?, text(bytes, &PATHS)?, text(bytes, &PATHS)?);
    Ok(slot(kind, &path, &location, bytes.int_in_range(0..=3)?))
}

fn description(bytes: &mut Unstructured<'_>, number: usize) -> Result<wit::ResourceDescription> {
    // Most have an identity, without which no manifest is taken.
    let mut slots = if bytes.ratio(7, 8)? { vec![slot("identity".into(), "$.a", "$.a", 0)] } else { Vec::new() };
    slots.extend(some(bytes, 10, any_slot)?);
    Ok(wit::ResourceDescription {
        project_name: "P".into(),
        project_endpoint: "p".into(),
        resource_name: if bytes.ratio(1, 16)? { "R".into() } else { format!("R{number}") },
        endpoint: if bytes.ratio(1, 16)? { "r".into() } else { format!("r{number}") },
        resource_version: "1".into(),
        is_descriptor: bytes.ratio(1, 6)?,
        in_hierarchy: bytes.ratio(1, 3)?,
        superclass: superclass(bytes)?,
        targets: some(bytes, 3, target)?,
        slots,
    })
}

fn slot(kind: String, path: &str, location: &str, group: u32) -> wit::Slot {
    let name = if kind == "education-organization" { "Name".to_owned() } else { String::new() };
    wit::Slot { kind, path: path.to_owned(), location: location.to_owned(), target: group % 3, group, name }
}

/// Spans at tokens, or near them; mostly one for each slot, as plugins that mean well have.
fn output(bytes: &mut Unstructured<'_>, slots: &[wit::Slot], tokens: &[&str]) -> Result<wit::Extraction> {
    let mut spans = Vec::new();
    for slot in 0..u32::try_from(slots.len()).unwrap_or(u32::MAX) {
        for _ in 0..bytes.int_in_range(0..=2)? {
            spans.push(span(bytes, slot, tokens)?);
        }
    }
    if bytes.ratio(1, 16)? {
        let stranger = bytes.arbitrary()?;
        spans.push(span(bytes, stranger, tokens)?);
    }
    let stars = |slot: u32| slots.get(slot as usize).map_or(0, |slot| slot.location.matches("[*]").count());
    let needed: usize = spans.iter().map(|span| stars(span.slot)).sum();
    let steps = needed + if bytes.ratio(1, 16)? { bytes.int_in_range(0..=3)? } else { 0 };
    let steps = (0..steps).map(|_| step(bytes, tokens)).collect::<Result<_>>()?;
    let last = u32::try_from(slots.len()).unwrap_or(0);
    let texts = some(bytes, 2, |bytes| computed(bytes, last))?;
    Ok(wit::Extraction { spans, steps, texts })
}

fn step(bytes: &mut Unstructured<'_>, tokens: &[&str]) -> Result<wit::Step> {
    if bytes.ratio(1, 4)? {
        place(bytes, tokens).map(wit::Step::Member)
    } else {
        bytes.int_in_range(0..=9).map(wit::Step::Index)
    }
}

fn computed(bytes: &mut Unstructured<'_>, last: u32) -> Result<wit::Computed> {
    Ok(wit::Computed { slot: bytes.int_in_range(0..=last)?, text: text(bytes, &TOKENS)? })
}

fn span(bytes: &mut Unstructured<'_>, slot: u32, tokens: &[&str]) -> Result<wit::Span> {
    let (offset, length) = place(bytes, tokens)?;
    Ok(wit::Span { slot, offset, length })
}

/// Where a token stands, or where it nearly does.
fn place(bytes: &mut Unstructured<'_>, tokens: &[&str]) -> Result<(u32, u32)> {
    if tokens.is_empty() || bytes.ratio(1, 32)? {
        return Ok((bytes.arbitrary()?, bytes.arbitrary()?));
    }
    let at = bytes.choose_index(tokens.len())?;
    let offset = 1 + tokens[..at].iter().map(|token| token.len() + 1).sum::<usize>();
    let near = |exact: usize, miss: i8| u32::try_from(exact).unwrap_or(0).wrapping_add_signed(miss.into());
    let miss = if bytes.ratio(1, 32)? { bytes.arbitrary()? } else { 0 };
    Ok((near(offset, miss), near(tokens[at].len(), if bytes.ratio(1, 32)? { bytes.arbitrary()? } else { 0 })))
}

fn check(extraction: &Extraction, resource: &wit::ResourceDescription, output: &wit::Extraction) {
    let json = describe_extraction(extraction);
    let count = |kind: &str| {
        let is = |slot: u32| resource.slots[slot as usize].kind == kind;
        output.spans.iter().filter(|span| is(span.slot)).count()
            + output.texts.iter().filter(|text| is(text.slot)).count()
    };
    assert_eq!(extraction.descriptors.len(), count("descriptor"), "every descriptor has its value");
    assert!(extraction.references.len() <= count("reference"), "no reference without a value");
    assert!(extraction.security.students.len() <= count("student"));
    assert!(matches!(&json["identity"], Value::Array(parts) if !parts.is_empty()), "{json}");
}
