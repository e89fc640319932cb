//! Reads a document once: checks that it is JSON without repeated names, and gives every value to whoever looks for
//! it. The rules, and which fault counts, are those of the scanner that compiled plugins have in common; a test
//! compares the two. This one is in safe Rust and needs no tables, so that it also runs where plugins are tested.

use alloc::{collections::BTreeSet, vec::Vec};

use crate::{
    Refusal, Value,
    search::{NodeSet, Search, Wanted},
    unescape::unescape,
    value::Step,
};

/// How many brackets may be open, the document's own included.
const DEPTH_MAX: usize = 64;

/// Reads `document` and gives each value that `search` looks for to `found`.
pub(crate) fn read<'a>(
    document: &'a str,
    search: &Search,
    found: &mut dyn FnMut(&Wanted, Value<'a>),
) -> Result<(), Refusal> {
    let mut reader = Reader { document, at: 0, search, found, steps: Vec::new(), name_fault: None };
    reader.skip_space();
    let is_object = reader.peek() == b'{';
    let start = reader.at;
    let root = search.root();
    reader.value(&root, true)?;
    reader.skip_space();
    if reader.at != document.len() {
        return Err(reader.invalid("something follows its end"));
    }
    if !is_object {
        return Err(refusal("not-an-object", "The document is JSON but not an object.", start));
    }
    match reader.name_fault {
        None => Ok(()),
        Some(NameFault { name, repeated: true, .. }) => {
            Err(refusal("duplicate-property", "An object has a member of this name twice.", name))
        }
        Some(NameFault { name, .. }) => {
            Err(refusal("lone-surrogate", "A member's name holds half of a surrogate pair.", name))
        }
    }
}

struct Reader<'a, 'r> {
    document: &'a str,
    at: usize,
    search: &'r Search,
    found: &'r mut dyn FnMut(&Wanted, Value<'a>),
    /// Where the reader is in each open bracket.
    steps: Vec<Step>,
    name_fault: Option<NameFault>,
}

/// What is wrong with a name. It waits until the whole document has turned out to be JSON; then the fault of the
/// object that begins first counts, and the first one in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct NameFault {
    object: usize,
    name: usize,
    repeated: bool,
}

fn refusal(code: &str, message: &str, at: usize) -> Refusal {
    Refusal { code: code.into(), message: message.into(), offset: at as u32 }
}

impl<'a> Reader<'a, '_> {
    /// The next byte; 0 at the end, which is nothing that JSON could go on with.
    fn peek(&self) -> u8 {
        self.document.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    fn invalid(&self, what: &str) -> Refusal {
        let message = ["The document is not JSON: ", what, "."].concat();
        Refusal { code: "invalid-json".into(), message, offset: self.at as u32 }
    }

    /// Reads a value; objects in it are looked through for repeated names when it is `searched`.
    fn value(&mut self, nodes: &NodeSet, searched: bool) -> Result<(), Refusal> {
        let start = self.at;
        match self.peek() {
            b'{' | b'[' => {
                if self.steps.len() == DEPTH_MAX {
                    return Err(refusal("invalid-json", "The document has more than 64 open brackets.", start));
                }
                self.at += 1;
                self.report(nodes, start);
                self.steps.push(Step::Index(0));
                let read = match self.document.as_bytes()[start] {
                    b'{' => self.object(nodes, start, searched),
                    _ => self.array(nodes, searched),
                };
                self.steps.pop();
                return read;
            }
            b'"' => self.string()?,
            b'-' | b'0'..=b'9' => self.number()?,
            _ => self.literal()?,
        }
        self.report(nodes, start);
        Ok(())
    }

    /// Gives the value from `start` to where the reader is to whoever looks for it.
    fn report(&mut self, nodes: &NodeSet, start: usize) {
        if nodes.is_empty() {
            return;
        }
        for number in self.search.wanted(nodes) {
            let wanted = &self.search.wanted[number];
            let steps = wanted.stars.iter().map(|depth| self.steps[*depth]).collect();
            let value = Value { token: &self.document[start..self.at], offset: start as u32, steps };
            (self.found)(wanted, value);
        }
    }

    /// Notes where the reader is in the innermost bracket.
    fn stand(&mut self, step: Step) {
        if let Some(last) = self.steps.last_mut() {
            *last = step;
        }
    }

    fn object(&mut self, nodes: &NodeSet, start: usize, searched: bool) -> Result<(), Refusal> {
        let mut names = BTreeSet::new();
        self.skip_space();
        if self.peek() == b'}' {
            self.at += 1;
            return Ok(());
        }
        loop {
            let name_at = self.at;
            if self.peek() != b'"' {
                return Err(self.invalid("a member's name in quotes is expected here"));
            }
            self.string()?;
            let length = self.at - name_at;
            let name = unescape(&self.document[name_at + 1..self.at - 1]);
            self.skip_space();
            if self.peek() != b':' {
                return Err(self.invalid("a colon is expected here"));
            }
            self.at += 1;
            self.skip_space();
            self.stand(Step::Member(name_at as u32, length as u32));
            let child = if nodes.is_empty() { NodeSet::new() } else { self.search.member(nodes, name.as_deref()) };
            if searched {
                let fault = NameFault { object: start, name: name_at, repeated: name.is_some() };
                if name.is_none_or(|name| !names.insert(name)) {
                    self.name_fault = Some(self.name_fault.map_or(fault, |known| known.min(fault)));
                }
            }
            self.value(&child, searched)?;
            self.skip_space();
            match self.peek() {
                b',' => self.at += 1,
                b'}' => break,
                _ => return Err(self.invalid("a comma or a closing brace is expected here")),
            }
            self.skip_space();
        }
        self.at += 1;
        Ok(())
    }

    fn array(&mut self, nodes: &NodeSet, searched: bool) -> Result<(), Refusal> {
        let child = self.search.item(nodes);
        self.skip_space();
        if self.peek() == b']' {
            self.at += 1;
            return Ok(());
        }
        for index in 0.. {
            self.stand(Step::Index(index));
            // An array within an array is not searched, nor is anything in it.
            let searched = searched && self.peek() != b'[';
            self.value(&child, searched)?;
            self.skip_space();
            match self.peek() {
                b',' => self.at += 1,
                b']' => break,
                _ => return Err(self.invalid("a comma or a closing bracket is expected here")),
            }
            self.skip_space();
        }
        self.at += 1;
        Ok(())
    }

    /// Reads a string, quotes included.
    fn string(&mut self) -> Result<(), Refusal> {
        self.at += 1;
        loop {
            match self.peek() {
                b'"' => break,
                b'\\' => self.escape()?,
                0..0x20 => return Err(self.invalid("a string has no end, or holds a control character")),
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Ok(())
    }

    fn escape(&mut self) -> Result<(), Refusal> {
        let escape = &self.document.as_bytes()[self.at + 1..];
        self.at += match escape {
            [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => 2,
            [b'u', digits @ ..] if digits.len() >= 4 && digits[..4].iter().all(u8::is_ascii_hexdigit) => 6,
            _ => return Err(self.invalid("a string holds an unknown escape")),
        };
        Ok(())
    }

    fn number(&mut self) -> Result<(), Refusal> {
        let start = self.at;
        if self.peek() == b'-' {
            self.at += 1;
        }
        // A leading zero stands alone: what follows it is left for whoever expects a comma.
        let whole = if self.peek() == b'0' { self.skip_one() } else { self.digits() };
        let mut complete = whole;
        if complete && self.peek() == b'.' {
            self.at += 1;
            complete = self.digits();
        }
        if complete && matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            complete = self.digits();
        }
        if !complete {
            self.at = start;
            return Err(self.invalid("a number is incomplete"));
        }
        Ok(())
    }

    fn skip_one(&mut self) -> bool {
        self.at += 1;
        true
    }

    /// Reads digits; whether there were any.
    fn digits(&mut self) -> bool {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        self.at > start
    }

    fn literal(&mut self) -> Result<(), Refusal> {
        let rest = &self.document[self.at..];
        let Some(word) = ["true", "false", "null"].into_iter().find(|word| rest.starts_with(word)) else {
            return Err(self.invalid("a value is expected here"));
        };
        self.at += word.len();
        Ok(())
    }
}
