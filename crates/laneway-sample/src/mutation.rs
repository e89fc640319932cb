//! Documents mutated at random, most of them malformed: what happens to text on its way. Knows JSON's characters, nothing of schemas.

/// What is put in: what grammar, names and values turn on.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ",",
    ":",
    "\\",
    " ",
    "\n",
    "\t",
    "\r",
    "\u{b}",
    "\0",
    "\u{1f}",
    "\u{7f}",
    "é",
    "😀",
    "0",
    "-",
    "1",
    "9",
    ".",
    "e",
    "E",
    "+",
    "null",
    "true",
    "false",
    "nul",
    "\"\"",
    "{}",
    "[]",
    "[{}]",
    "[[{\"a\":1,\"a\":2}]]",
    "{\"a\":1,\"a\":2}",
    "{\"a\":1,\"\\u0061\":2}",
    "\\u0061",
    "\\ud83d\\ude00",
    "\\ud83d",
    "\\ude00",
    "\\u00e9",
    "\\n",
    "\\/",
    "\\x",
    "\\u12",
    "1e3",
    "1.0",
    "-0",
    "01",
    "1.",
    "2022",
    "\"_etag\":\"x\",",
    "\"id\":null,",
    "/**/",
    "//",
    "\u{feff}",
];

/// A document mutated at one to three positions. What comes out may be JSON or not.
#[must_use]
pub fn mutate(document: &str, random: &mut fastrand::Rng) -> String {
    let mut mutated = document.to_owned();
    for _ in 0..random.usize(1..=3) {
        mutated = once(&mutated, random);
    }
    mutated
}

fn once(document: &str, random: &mut fastrand::Rng) -> String {
    let at = border(document, random);
    let (before, behind) = document.split_at(at);
    match random.u8(0..6) {
        0 => format!("{before}{}{behind}", random.choice(PIECES).unwrap_or(&"")),
        // Without the next few bytes.
        1 => format!("{before}{}", &behind[forward(behind, random.usize(1..20))..]),
        // Cut off.
        2 if random.u8(0..8) == 0 => before.to_owned(),
        // A token changed for another.
        2 | 3 => {
            let start = token_start(document, at);
            let end = start + token_len(&document[start..]);
            format!("{}{}{}", &document[..start], random.choice(PIECES).unwrap_or(&""), &document[end..])
        }
        // A piece of the document that stands twice, or elsewhere.
        4 => {
            let piece = &behind[..forward(behind, random.usize(1..80))];
            let (before, behind) = document.split_at(border(document, random));
            format!("{before}{piece}{behind}")
        }
        // A member that stands twice.
        _ => match behind.find(",\"").and_then(|start| Some((start, behind[start + 1..].find(",\"")?))) {
            Some((start, length)) => {
                let member = &behind[start..=start + length];
                format!("{before}{}{member}{}", &behind[..start], &behind[start..])
            }
            None => format!("{before} {behind}"),
        },
    }
}

/// A position between characters.
fn border(text: &str, random: &mut fastrand::Rng) -> usize {
    forward(text, random.usize(0..=text.len()))
}

/// The first border at or behind `at`.
fn forward(text: &str, at: usize) -> usize {
    (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

/// The border behind the last punctuation before `at`.
fn token_start(text: &str, at: usize) -> usize {
    text[..at].rfind(['{', '[', ',', ':']).map_or(0, |before| before + 1)
}

fn token_len(text: &str) -> usize {
    text.find([',', '}', ']', ':']).unwrap_or(text.len())
}
