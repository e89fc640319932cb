//! One fault: a piece of source, and what stands in its place. Knows nothing of how it is tried.

/// One fault.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mutation {
    /// What no longer holds.
    pub(crate) name: &'static str,
    /// Below `crates/laneway-core/src`.
    pub(crate) file: &'static str,
    /// An expression, or statements, that stand there once.
    pub(crate) from: &'static str,
    /// What stands in their place.
    pub(crate) to: &'static str,
}

/// A fault of that name.
pub(crate) const fn mutation(name: &'static str, file: &'static str, from: &'static str, to: &'static str) -> Mutation {
    Mutation { name, file, from, to }
}

/// Where a piece of source stands, and how long it is there, however its lines are broken.
pub(super) fn places(source: &str, piece: &str) -> Vec<(usize, usize)> {
    let wanted: Vec<char> = piece.chars().filter(|c| !c.is_whitespace()).collect();
    let there: Vec<(usize, char)> = source.char_indices().filter(|(_, c)| !c.is_whitespace()).collect();
    let is_here = |at: &usize| there[*at..].iter().map(|(_, c)| c).take(wanted.len()).eq(&wanted);
    let found = (0..(there.len() + 1).saturating_sub(wanted.len())).filter(is_here);
    found
        .map(|at| {
            let (last, character) = there[at + wanted.len() - 1];
            (there[at].0, last + character.len_utf8() - there[at].0)
        })
        .collect()
}

/// Panics where one does not stand where it is to, exactly once.
#[cfg(test)]
pub(crate) fn check_places(mutations: &[Mutation]) {
    for mutation in mutations {
        let path = crate::workspace::root().join("crates/laneway-core/src").join(mutation.file);
        let source = std::fs::read_to_string(&path).expect("a source file");
        let places = places(&source, mutation.from).len();
        assert_eq!(places, 1, "{}: `{}` in {}", mutation.name, mutation.from, mutation.file);
        assert_ne!(mutation.from, mutation.to, "{}", mutation.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_found_however_its_lines_are_broken() {
        let source = "let a = one(\n    two,\n);\nlet b = one(two);";
        assert_eq!(places(source, "one(two,)").len(), 1);
        let (at, length) = places(source, "one(two)")[0];
        assert_eq!(&source[at..at + length], "one(two)");
        assert_eq!(places(source, "three").len(), 0);
    }
}
