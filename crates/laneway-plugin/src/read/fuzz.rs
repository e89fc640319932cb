//! Absurd outputs by the thousand: whatever a plugin returns, the host neither panics nor reads
//! outside of the document, and what it accepts it can take apart again.

use laneway_dms::Dialect;
use laneway_model::{Extraction, describe_extraction};
use proptest::prelude::*;

use crate::load::plugin_manifest;
use crate::read::assemble::Assembler;
use crate::read::bodies::Bodies;
use crate::read::fault::Fault;
use crate::read::output::OutputIndex;
use crate::read::resource_plan::ResourcePlan;
use crate::v1::exports::laneway::resource::extractor as wit;

/// Kind, path in the identity, location, group.
type Declared = (&'static str, &'static str, &'static str, u32);

/// One slot of each kind and two of most.
const SLOTS: &[Declared] = &[
    ("identity", "$.a", "$.a", 0),
    ("reference", "$.x", "$.r[*].x", 5),
    ("reference", "$.y", "$.r[*].y", 5),
    ("reference", "$.z", "$.z", 2),
    ("descriptor", "", "$.d[*].e[*].f", 0),
    ("descriptor", "", "$.g", 0),
    ("namespace", "", "$.n", 0),
    ("education-organization", "", "$.o", 0),
    ("student", "", "$.s", 0),
    ("parent-education-organization", "", "$.p", 0),
    ("etag", "", "$._etag", 0),
];

fn plan() -> ResourcePlan {
    let slot = |&(kind, path, location, group): &Declared| wit::Slot {
        kind: kind.into(),
        path: path.into(),
        location: location.into(),
        target: 0,
        group,
        name: "Name".into(),
    };
    let description = wit::ResourceDescription {
        project_name: "P".into(),
        project_endpoint: "p".into(),
        resource_name: "R".into(),
        endpoint: "r".into(),
        resource_version: "1".into(),
        is_descriptor: false,
        in_hierarchy: true,
        superclass: None,
        targets: vec![wit::Target { project_name: "P".into(), resource_name: "T".into() }],
        slots: SLOTS.iter().map(slot).collect(),
    };
    let manifest = wit::Manifest {
        name: "fuzz".into(),
        version: "1".into(),
        dialect: Dialect::default().name().into(),
        resources: vec![description],
    };
    plugin_manifest::plan(&manifest).expect("the manifest is sound").remove(0)
}

/// Values of an array: the first is a number, the others anything.
fn tokens() -> impl Strategy<Value = Vec<String>> {
    let token = prop_oneof![
        4 => Just("1".to_owned()),
        4 => Just(r#""URI#Ä""#.to_owned()),
        2 => Just(r#"" 12 ""#.to_owned()),
        2 => Just(r#""\ud83d\ude00""#.to_owned()),
        1 => Just(r#""\ud800""#.to_owned()),
        1 => Just("null".to_owned()),
        1 => "[\"\\\\a{}\\[\\]:é ]{0,5}",
    ];
    proptest::collection::vec(token, 1..9).prop_map(|mut tokens| {
        tokens[0] = "7".to_owned();
        tokens
    })
}

/// A value that a plugin gives: of a slot, at a token, and by how much it misses it.
type Aim = (u32, usize, i32, i32);

fn aims() -> impl Strategy<Value = Vec<Aim>> {
    let slots = u32::try_from(SLOTS.len()).unwrap_or(u32::MAX);
    let miss = || prop_oneof![60 => Just(0), 1 => -3..3, 1 => any::<i32>()];
    let slot = prop_oneof![400 => 1..slots, 10 => Just(0), 1 => any::<u32>()];
    proptest::collection::vec((slot, 0..9_usize, miss(), miss()), 0..8)
}

fn document(tokens: &[String]) -> String {
    format!("[{}]", tokens.join(","))
}

/// Where a token lies in the document, or near it.
fn aimed(tokens: &[String], (_, token, offset_miss, length_miss): Aim) -> (u32, u32) {
    let token = token % tokens.len();
    let offset: usize = 1 + tokens[..token].iter().map(|token| token.len() + 1).sum::<usize>();
    let near = |exact: usize, miss: i32| u32::try_from(exact).unwrap_or(0).wrapping_add_signed(miss);
    (near(offset, offset_miss), near(tokens[token].len(), length_miss))
}

/// The identity is the first token, the values are as aimed, and the steps are as many as they need but for `extra`.
fn answer(tokens: &[String], aims: &[Aim], texts: Vec<(u32, String)>, extra: usize) -> wit::Extraction {
    let mut spans = vec![wit::Span { slot: 0, offset: 1, length: 1 }];
    spans.extend(aims.iter().map(|aim| {
        let (offset, length) = aimed(tokens, *aim);
        wit::Span { slot: aim.0, offset, length }
    }));
    // Both parts of the list come together, mostly.
    let both = spans.iter().filter(|span| span.slot == 1).cloned().collect::<Vec<_>>();
    spans.retain(|span| span.slot != 2 || extra == 2);
    spans.extend(both.into_iter().map(|span| wit::Span { slot: 2, ..span }));
    let needed = 2 * spans.iter().filter(|span| span.slot == 4).count() + usize::from(extra == 1);
    let step = |number: usize| match aims.get(number / 2) {
        Some(aim) if number % 2 == 1 => wit::Step::Member(aimed(tokens, *aim)),
        _ => wit::Step::Index(u32::try_from(number).unwrap_or(0)),
    };
    let texts = texts.into_iter().map(|(slot, text)| wit::Computed { slot, text }).collect();
    wit::Extraction { spans, steps: (0..needed).map(step).collect(), texts }
}

fn extract(document: &str, answer: &wit::Extraction) -> Result<Extraction, Fault> {
    let (mut index, plan) = (OutputIndex::default(), plan());
    index
        .read(&plan, answer)
        .and_then(|answer| Assembler::new(10_000).assemble(&plan, document, &answer, Bodies::default()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn no_output_panics_the_host_or_reads_outside_of_the_document(
        tokens in tokens(),
        aims in aims(),
        texts in proptest::collection::vec((5..12_u32, "[0-9]{1,2}|.{0,3}"), 0..2),
        extra in 0..20_usize,
    ) {
        let document = document(&tokens);
        let found = extract(&document, &answer(&tokens, &aims, texts.clone(), extra));
        match found {
            Ok(extraction) => {
                let json = describe_extraction(&extraction);
                prop_assert_eq!(&json["identity"][0][1], "7");
                let given = |slot: u32| {
                    aims.iter().filter(|aim| aim.0 == slot).count() + texts.iter().filter(|text| text.0 == slot).count()
                };
                prop_assert_eq!(extraction.references.len(), given(1) + given(3), "every value has its reference");
                prop_assert_eq!(extraction.descriptors.len(), given(4) + given(5));
                prop_assert!(extraction.security.students.len() <= given(8));
            }
            Err(Fault::Document { code, message }) => {
                prop_assert!(!code.is_empty() && message.starts_with('$'), "{}", message);
            }
            Err(Fault::Plugin(what)) => prop_assert!(!what.is_empty()),
        }
    }
}
