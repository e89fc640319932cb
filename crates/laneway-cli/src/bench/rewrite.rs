//! Values of a document's text replaced, every other byte left as it is. Knows JSON only.

use laneway_json::{Kind, Tokens};

/// `body` with each string that is the value of a member, or an item of a member's list, replaced by what `of` makes of the
/// member's name and the text between the quotes; `None` leaves it. What is no JSON is left from there on.
pub(super) fn rewritten(body: &str, mut of: impl FnMut(&str, &str) -> Option<String>) -> String {
    let mut out = String::with_capacity(body.len());
    let (mut name, mut copied) = ("", 0);
    for token in Tokens::new(body.as_bytes()).map_while(Result::ok) {
        match token.kind {
            Kind::Name => name = &body[token.content()],
            Kind::String => {
                if let Some(text) = of(name, &body[token.content()]) {
                    out.push_str(&body[copied..token.start]);
                    out.push('"');
                    out.push_str(&text);
                    out.push('"');
                    copied = token.end;
                }
            }
            _ => {}
        }
    }
    out.push_str(&body[copied..]);
    out
}

/// `body` with a member of a number in front of all others.
pub(super) fn with_number(body: &str, name: &str, number: usize) -> String {
    let Some((before, members)) = body.split_once('{') else { return body.to_owned() };
    let comma = if members.trim_start().starts_with('}') { "" } else { "," };
    format!("{before}{{\"{name}\":{number}{comma}{members}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_values_that_are_meant_change() {
        let body = r#"{ "id": "a", "n": 1.50, "of": {"id":"b\"c"}, "ids": ["id", "a"], "text": "a" }"#;
        let got = rewritten(body, |name, value| name.starts_with("id").then(|| format!("<{value}>")));
        let wanted = r#"{ "id": "<a>", "n": 1.50, "of": {"id":"<b\"c>"}, "ids": ["<id>", "<a>"], "text": "a" }"#;
        assert_eq!(got, wanted);
        assert_eq!(rewritten("{\"id\":\"a\" nonsense", |_, _| Some("b".to_owned())), "{\"id\":\"b\" nonsense");
    }

    #[test]
    fn a_number_goes_in_front() {
        assert_eq!(with_number("{\"a\":1}", "n", 7), "{\"n\":7,\"a\":1}");
        assert_eq!(with_number("{ }", "n", 7), "{\"n\":7 }");
    }
}
