//! What is wrong with a document. The first fault of the grammar ends the scan; a fault in a member's name
//! waits until the whole document has turned out to be JSON, as it does where documents are parsed before
//! names are looked at. Among such faults the one in the object that begins first counts, then the one
//! that comes first in it: the order in which objects are visited from the outside in.

use crate::{Global, memory, position::Position};

/// A fault's word and sentence.
#[derive(Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
    pub(crate) at: Position,
}

pub(crate) const VALUE: &str = "The document is not JSON: a value is expected here.";
pub(crate) const NAME: &str = "The document is not JSON: a member's name in quotes is expected here.";
pub(crate) const COLON: &str = "The document is not JSON: a colon is expected here.";
pub(crate) const OBJECT_NEXT: &str = "The document is not JSON: a comma or a closing brace is expected here.";
pub(crate) const ARRAY_NEXT: &str = "The document is not JSON: a comma or a closing bracket is expected here.";
pub(crate) const STRING: &str = "The document is not JSON: a string has no end, or holds a control character.";
pub(crate) const ESCAPE: &str = "The document is not JSON: a string holds an unknown escape.";
pub(crate) const NUMBER: &str = "The document is not JSON: a number is incomplete.";
pub(crate) const BEHIND: &str = "The document is not JSON: something follows its end.";
pub(crate) const DEPTH: &str = "The document has more than 64 open brackets.";
pub(crate) const ROOT: &str = "The document is JSON but not an object.";

/// A fault in a name, with the start of its object.
#[derive(Clone, Copy)]
struct NameFault {
    object: Position,
    name: Position,
    name_len: usize,
    repeated: bool,
}

static GRAMMAR: Global<Option<Fault>> = Global::new(None);
static NAMES: Global<Option<NameFault>> = Global::new(None);

pub(crate) fn clear() {
    // SAFETY: nothing else holds the variables.
    unsafe {
        *GRAMMAR.get() = None;
        *NAMES.get() = None;
    }
}

/// Notes that the document is not JSON; gives null, the position of what could not be read.
#[cold]
#[inline(never)]
pub(crate) fn invalid(at: Position, message: &'static str) -> Position {
    // SAFETY: nothing else holds the variable.
    unsafe { *GRAMMAR.get() = Some(Fault { code: "invalid-json", message, at }) };
    core::ptr::null()
}

/// What ended the scan.
pub(crate) fn grammar() -> Option<Fault> {
    // SAFETY: nothing else holds the variable.
    unsafe { *GRAMMAR.get() }
}

/// Notes a name that is repeated (or else holds a lone surrogate) in the object that begins at `object`.
#[cold]
#[inline(never)]
pub(crate) fn in_name(object: Position, name: Position, name_len: usize, repeated: bool) {
    // SAFETY: nothing else holds the variable.
    let first = unsafe { &mut *NAMES.get() };
    if first.is_none_or(|first| (object, name) < (first.object, first.name)) {
        *first = Some(NameFault { object, name, name_len, repeated });
    }
}

/// The fault in a name that counts.
pub(crate) fn names() -> Option<Fault> {
    // SAFETY: nothing else holds the variable.
    let fault = unsafe { (*NAMES.get())? };
    Some(if fault.repeated {
        Fault { code: "duplicate-property", message: repeated(&fault), at: fault.name }
    } else {
        Fault {
            code: "lone-surrogate",
            message: "The name of a member holds half of a surrogate pair.",
            at: fault.name,
        }
    })
}

/// The sentence for a repeated name, with the name when it is of a length that people give names.
#[cold]
#[inline(never)]
fn repeated(fault: &NameFault) -> &'static str {
    const NAME_MAX: usize = 128;
    if fault.name_len > NAME_MAX {
        return "An object has two members of one name.";
    }
    let parts: [&[u8]; 3] = [
        b"An object has two members named ",
        // SAFETY: the name's token lies in the document.
        unsafe { core::slice::from_raw_parts(fault.name, fault.name_len) },
        b".",
    ];
    let length = parts.iter().map(|part| part.len()).sum();
    let message = memory::allocate(length);
    let mut at = message;
    for part in parts {
        // SAFETY: the parts' lengths add up to the allocation's.
        unsafe {
            core::ptr::copy_nonoverlapping(part.as_ptr(), at, part.len());
            at = at.add(part.len());
        }
    }
    // SAFETY: ASCII around a token of a UTF-8 document; the memory stays until the next document.
    unsafe { core::str::from_utf8_unchecked(core::slice::from_raw_parts(message, length)) }
}
