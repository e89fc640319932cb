//! The paths in a Rust source and the names that its `use`s bind. Knows tokens and nothing of what they name.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A path of two or more names.
#[derive(Debug)]
pub(super) struct Path {
    /// Its names; the last is `*` where a `use` takes everything.
    pub(super) segments: Vec<String>,
    /// The name under which a `use` brings it.
    pub(super) binds: Option<String>,
    /// Where the path or its `use` begins, from 1.
    pub(super) line: usize,
    /// Whether the comment above begins with the excuse.
    pub(super) excused: bool,
}

/// The paths of a source outside of tests, and the modules that are declared for tests only.
pub(super) fn read(text: &str, excuse: &str) -> (Vec<Path>, Vec<String>) {
    let mut reader = Reader { excuse, lines: text.lines().collect(), paths: Vec::new(), tests: Vec::new() };
    // What is no Rust the compiler reports.
    reader.walk(&text.parse().unwrap_or_default());
    (reader.paths, reader.tests)
}

struct Reader<'a> {
    excuse: &'a str,
    lines: Vec<&'a str>,
    paths: Vec<Path>,
    tests: Vec<String>,
}

impl Reader<'_> {
    fn walk(&mut self, stream: &TokenStream) {
        let tokens: Vec<TokenTree> = stream.clone().into_iter().collect();
        let mut rest = tokens.as_slice();
        while let [token, behind @ ..] = rest {
            rest = match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => match behind {
                    [TokenTree::Group(attribute), behind @ ..] if attribute.stream().to_string() == "cfg (test)" => {
                        self.skip_item(behind)
                    }
                    _ => behind,
                },
                TokenTree::Group(group) => {
                    self.walk(&group.stream());
                    behind
                }
                TokenTree::Ident(ident)
                    if ident == "use" && !behind.first().is_some_and(|token| is_punct(token, '<')) =>
                {
                    let length = behind.iter().take_while(|token| !is_punct(token, ';')).count();
                    self.use_tree(Vec::new(), &behind[..length], self.line(token));
                    &behind[length..]
                }
                TokenTree::Ident(ident) if ident == "mod" => {
                    // A module whose file lies elsewhere (`#[path]`) is none of the crate's files.
                    let name = behind.first().map(ToString::to_string);
                    self.paths.extend(name.map(|name| Path {
                        segments: vec![name.clone()],
                        binds: Some(name),
                        line: 0,
                        excused: false,
                    }));
                    behind
                }
                TokenTree::Ident(_) => {
                    let (segments, behind) = names(rest);
                    if segments.len() > 1 {
                        self.push(segments, None, self.line(token));
                    }
                    behind
                }
                _ => behind,
            };
        }
    }

    /// Passes over the item behind `#[cfg(test)]`: up to its `;` or its braces.
    fn skip_item<'t>(&mut self, tokens: &'t [TokenTree]) -> &'t [TokenTree] {
        let is_end = |token: &TokenTree| {
            is_punct(token, ';') || matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
        };
        let end = tokens.iter().position(is_end).map_or(tokens.len(), |end| end + 1);
        let module =
            tokens[..end].windows(2).find_map(|pair| (pair[0].to_string() == "mod").then(|| pair[1].to_string()));
        self.tests.extend(module);
        &tokens[end..]
    }

    fn use_tree(&mut self, mut path: Vec<String>, tokens: &[TokenTree], line: usize) {
        let (segments, rest) = names(tokens);
        path.extend(segments);
        match rest {
            [TokenTree::Group(group), ..] => {
                let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
                tokens.split(|token| is_punct(token, ',')).for_each(|branch| self.use_tree(path.clone(), branch, line));
            }
            [TokenTree::Punct(star), ..] if star.as_char() == '*' => {
                path.push("*".to_owned());
                self.push(path, None, line);
            }
            _ => {
                if path.last().is_some_and(|last| last == "self") {
                    path.pop();
                }
                let binds = match rest {
                    [_, TokenTree::Ident(alias)] => Some(alias.to_string()),
                    _ => path.last().cloned(),
                };
                if path.len() > 1 {
                    self.push(path, binds, line);
                }
            }
        }
    }

    fn push(&mut self, segments: Vec<String>, binds: Option<String>, line: usize) {
        let above = line.checked_sub(2).and_then(|above| self.lines.get(above));
        let excused = above.is_some_and(|above| above.trim_start().starts_with(self.excuse));
        self.paths.push(Path { segments, binds, line, excused });
    }

    fn line(&self, token: &TokenTree) -> usize {
        token.span().start().line
    }
}

/// The names that stand in a row with `::` between them, and what follows; a last `::` is passed over.
fn names(mut tokens: &[TokenTree]) -> (Vec<String>, &[TokenTree]) {
    let mut names = Vec::new();
    while let [TokenTree::Ident(name), behind @ ..] = tokens {
        names.push(name.to_string());
        tokens = behind;
        match behind {
            [first, second, behind @ ..] if is_punct(first, ':') && is_punct(second, ':') => tokens = behind,
            _ => break,
        }
    }
    (names, tokens)
}

fn is_punct(token: &TokenTree, expected: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == expected)
}
