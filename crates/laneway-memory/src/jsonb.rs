//! A document as `jsonb` keeps and prints it: members by length and bytes, the last of equal ones, numbers without exponents.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::iter::Peekable;

use laneway_json::{Kind, Number, Token, Tokens, parts};

use crate::refusal::Refusal;

/// What `numeric` holds before the point.
const WHOLE_DIGITS_MAX: i64 = 131_072;
/// What `numeric` holds behind the point.
const FRACTION_DIGITS_MAX: i64 = 16_383;

/// A value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Jsonb {
    Null,
    Boolean(bool),
    /// As it is printed.
    Number(String),
    String(String),
    Array(Vec<Jsonb>),
    Object(BTreeMap<Name, Jsonb>),
}

/// A member's name; the shorter first, then by bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Name(usize, String);

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        Self(name.len(), name.to_owned())
    }
}

impl Jsonb {
    /// Reads a text as the server does.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(text).map_err(|_| Refusal::sql("22021"))?;
        value(text, &mut Tokens::new(text.as_bytes()).peekable())
    }

    /// The member of an object.
    pub(crate) fn member(&self, name: &str) -> Option<&Self> {
        if let Self::Object(members) = self { members.get(&name.into()) } else { None }
    }

    /// The object with another member, or with another value for it.
    pub(crate) fn with(mut self, name: &str, text: String) -> Self {
        if let Self::Object(members) = &mut self {
            members.insert(name.into(), Self::String(text));
        }
        self
    }

    /// The object without some of its members.
    pub(crate) fn without(&self, names: &[&str]) -> Self {
        let Self::Object(members) = self else { return self.clone() };
        let kept = members.iter().filter(|(name, _)| !names.contains(&&*name.1));
        Self::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    /// What a trigger reads at a path of members, as a text; `None`: SQL's null.
    pub(crate) fn text_at(&self, path: [&str; 2]) -> Option<String> {
        match self.member(path[0])?.member(path[1])? {
            Self::Null => None,
            Self::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    /// The text, if it is one.
    pub(crate) fn string(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }
}

type Source<'a> = Peekable<Tokens<'a>>;

fn next(tokens: &mut Source<'_>) -> Result<Token, Refusal> {
    tokens.next().and_then(Result::ok).ok_or_else(|| Refusal::sql("22P02"))
}

fn value(text: &str, tokens: &mut Source<'_>) -> Result<Jsonb, Refusal> {
    let token = next(tokens)?;
    Ok(match token.kind {
        Kind::ObjectStart => {
            let mut members = BTreeMap::new();
            loop {
                let name = next(tokens)?;
                if name.kind != Kind::Name {
                    break Jsonb::Object(members);
                }
                let name = string(text, name)?;
                members.insert(Name::from(&*name), value(text, tokens)?);
            }
        }
        Kind::ArrayStart => {
            let mut items = Vec::new();
            while !matches!(tokens.peek(), Some(Ok(Token { kind: Kind::ArrayEnd, .. }))) {
                items.push(value(text, tokens)?);
            }
            tokens.next();
            Jsonb::Array(items)
        }
        Kind::String => Jsonb::String(string(text, token)?),
        Kind::Number => Jsonb::Number(number(&text[token.span()])?),
        Kind::Literal => match &text[token.span()] {
            "null" => Jsonb::Null,
            literal => Jsonb::Boolean(literal == "true"),
        },
        Kind::Name | Kind::ObjectEnd | Kind::ArrayEnd => return Err(Refusal::sql("22P02")),
    })
}

fn string(text: &str, token: Token) -> Result<String, Refusal> {
    let content = &text[token.content()];
    // A NUL in front of half a surrogate pair is refused as a NUL, and the other way round.
    for part in parts(content) {
        match part {
            Ok(laneway_json::Part::Escaped('\0')) => return Err(Refusal::sql("22P05")),
            Ok(_) => {}
            Err(_) => return Err(Refusal::sql("22P02")),
        }
    }
    token.unescape(text).map_err(|_| Refusal::sql("22P02"))
}

fn number(token: &str) -> Result<String, Refusal> {
    let beyond = || Refusal::sql("22003");
    let number = Number::parse(token).ok_or_else(|| Refusal::sql("22P02"))?;
    let exponent = i64::from(number.exponent().ok_or_else(beyond)?);
    let whole = number.whole.trim_start_matches('0').len() as i64 + exponent;
    if whole > WHOLE_DIGITS_MAX || number.fraction.len() as i64 - exponent > FRACTION_DIGITS_MAX {
        return Err(beyond());
    }
    number.plain().ok_or_else(beyond)
}

/// As the server prints it.
impl fmt::Display for Jsonb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(truth) => write!(f, "{truth}"),
            Self::Number(text) => f.write_str(text),
            Self::String(text) => quoted(text, f),
            Self::Array(items) => {
                f.write_char('[')?;
                for (at, item) in items.iter().enumerate() {
                    f.write_str(if at == 0 { "" } else { ", " })?;
                    item.fmt(f)?;
                }
                f.write_char(']')
            }
            Self::Object(members) => {
                f.write_char('{')?;
                for (at, (name, value)) in members.iter().enumerate() {
                    f.write_str(if at == 0 { "" } else { ", " })?;
                    quoted(&name.1, f)?;
                    f.write_str(": ")?;
                    value.fmt(f)?;
                }
                f.write_char('}')
            }
        }
    }
}

fn quoted(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\u{8}' => f.write_str("\\b")?,
            '\u{c}' => f.write_str("\\f")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            control if control < ' ' => write!(f, "\\u{:04x}", u32::from(control))?,
            other => f.write_char(other)?,
        }
    }
    f.write_char('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> String {
        Jsonb::parse(text.as_bytes()).map_or_else(|refusal| format!("{refusal:?}"), |json| json.to_string())
    }

    #[test]
    fn prints_as_the_server_does() {
        for (text, print) in [
            (r#"{"bb":1,"a":1.50,"c":[],"a":1e2}"#, r#"{"a": 100, "c": [], "bb": 1}"#),
            (r#" [ true,null , {"x":{}} ] "#, r#"[true, null, {"x": {}}]"#),
            (r#""\u00e9\/\u0001\t\ud83d\ude00""#, "\"é/\\u0001\\t😀\""),
        ] {
            assert_eq!(printed(text), print);
        }
    }

    #[test]
    fn refuses_what_the_server_refuses() {
        for (text, code) in [(r#""\u0000""#, "22P05"), (r#""\ud800""#, "22P02"), ("1e200000", "22003"), ("[", "22P02")]
        {
            assert!(printed(text).contains(code), "{text}: {}", printed(text));
        }
    }
}
