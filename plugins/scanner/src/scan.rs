//! The grammar: RFC 8259 as System.Text.Json takes it (no comments, no trailing commas, at most 64 open
//! brackets), walked together with the tables' automaton. Recursion is bounded by that depth.

use crate::{
    fault,
    format::{Member, State},
    names,
    output::{self, DEPTH_MAX},
    position::Position,
    text,
};

/// Reads the document from `start`; whatever was found or is at fault has been reported.
pub(crate) unsafe fn document(start: Position, end: Position, root: *mut State) {
    // SAFETY: the document is followed by a NUL and padding.
    unsafe {
        let start = text::skip_space(start);
        let behind = value(start, root, 0, true);
        if behind.is_null() {
            return;
        }
        let behind = text::skip_space(behind);
        if behind != end {
            fault::invalid(behind, fault::BEHIND);
        }
    }
}

/// Reads a value. `depth` brackets are open; `searched`: objects here are searched for repeated names.
#[inline(always)]
unsafe fn value(at: Position, state: *mut State, depth: usize, searched: bool) -> Position {
    // SAFETY: the document is followed by a NUL and padding.
    unsafe {
        match *at {
            b'{' => object(at, state, depth, searched),
            b'[' => array(at, state, depth, searched),
            _ => scalar(at, state),
        }
    }
}

/// Reads a scalar. Objects read their strings themselves, which are most values: every copy of that takes its
/// time when the host compiles a plugin.
#[inline(never)]
unsafe fn scalar(at: Position, state: *mut State) -> Position {
    // SAFETY: the document is followed by a NUL and padding.
    unsafe {
        let behind = match *at {
            b'"' => text::string_apart(at.add(1)),
            b'-' | b'0'..=b'9' => text::number(at),
            _ => literal(at),
        };
        if !behind.is_null() {
            output::report(state, at, behind as usize - at as usize);
        }
        behind
    }
}

unsafe fn literal(at: Position) -> Position {
    // SAFETY: the document is followed by a NUL and padding.
    unsafe {
        let word = at.cast::<[u8; 4]>().read();
        match &word {
            b"true" | b"null" => at.add(4),
            b"fals" if *at.add(4) == b'e' => at.add(5),
            _ => fault::invalid(at, fault::VALUE),
        }
    }
}

/// Reads an object from its opening brace.
#[inline(never)]
unsafe fn object(start: Position, state: *mut State, depth: usize, searched: bool) -> Position {
    // SAFETY: the document is followed by a NUL and padding; the compiler writes valid tables.
    unsafe {
        if depth == DEPTH_MAX {
            return fault::invalid(start, fault::DEPTH);
        }
        output::report_bracket(state, start);
        let mut at = text::skip_space(start.add(1));
        if *at == b'}' {
            return at.add(1);
        }
        let checked = if searched { start } else { core::ptr::null() };
        let mark = names::mark();
        let has_star = (*state).has_star != 0;
        let mut seen = 0u64;
        // Where the guess stands that is to be corrected when it proves wrong.
        let mut guess = &raw mut (*state).guess;
        loop {
            let name = at;
            let guessed = *guess as *mut Member;
            let member =
                if !guessed.is_null() && text::stands(at, (*guessed).text as Position, (*guessed).length as usize) {
                    at = at.add((*guessed).length as usize);
                    guessed
                } else {
                    let read = names::read(at, state, checked, mark);
                    if read.value.is_null() {
                        return read.value;
                    }
                    at = read.value;
                    // A member without a bit is kept by name whenever it comes, so it must be read each time.
                    if !read.member.is_null() && (*read.member).seen != 0 {
                        *guess = read.member as u32;
                    }
                    read.member
                };
            let child = if member.is_null() {
                (*state).item
            } else {
                let bit = (*member).seen;
                if seen & bit != 0 && searched {
                    fault::in_name(start, name, (*member).length as usize - 1, true);
                }
                seen |= bit;
                guess = &raw mut (*member).guess;
                (*member).state
            };
            if has_star {
                output::at_member(depth, name, name_len(name));
            }
            at = text::skip_space(at);
            let child = child as *mut State;
            if *at == b'"' {
                let behind = text::string(at.add(1));
                if behind.is_null() {
                    return behind;
                }
                output::report(child, at, behind as usize - at as usize);
                at = behind;
            } else {
                at = value(at, child, depth + 1, searched);
                if at.is_null() {
                    return at;
                }
            }
            at = text::skip_space(at);
            match *at {
                b',' => at = text::skip_space(at.add(1)),
                b'}' => break,
                _ => return fault::invalid(at, fault::OBJECT_NEXT),
            }
        }
        names::end_object(checked, mark);
        at.add(1)
    }
}

/// The length of a name's token that has been read.
unsafe fn name_len(name: Position) -> usize {
    // SAFETY: the token has been read once.
    unsafe { text::string_apart(name.add(1)) as usize - name as usize }
}

/// Reads an array from its opening bracket.
#[inline(never)]
unsafe fn array(start: Position, state: *mut State, depth: usize, searched: bool) -> Position {
    // SAFETY: the document is followed by a NUL and padding; the compiler writes valid tables.
    unsafe {
        if depth == DEPTH_MAX {
            return fault::invalid(start, fault::DEPTH);
        }
        output::report_bracket(state, start);
        let mut at = text::skip_space(start.add(1));
        if *at == b']' {
            return at.add(1);
        }
        let item = (*state).item as *mut State;
        let mut index = 0;
        loop {
            output::at_item(depth, index);
            // An array within an array is not searched, nor is anything in it.
            at = value(at, item, depth + 1, searched && *at != b'[');
            if at.is_null() {
                return at;
            }
            at = text::skip_space(at);
            match *at {
                b',' => at = text::skip_space(at.add(1)),
                b']' => return at.add(1),
                _ => return fault::invalid(at, fault::ARRAY_NEXT),
            }
            index += 1;
        }
    }
}
