//! Names of members that were not the expected ones: finding them in the tables, and keeping those that
//! the tables do not know, to see whether one comes twice.

use crate::{
    Global, fault,
    format::{self, Member, State},
    memory::{self, List},
    text::{self, Position},
};

/// A name that the tables do not know, in the object being read or in one around it.
#[derive(Clone, Copy)]
struct Unknown {
    /// The name, unescaped.
    text: *const u8,
    length: usize,
    hash: u32,
    /// Its token in the document.
    token: Position,
    token_len: usize,
}

static UNKNOWN: Global<List<Unknown>> = Global::new(List::new());

/// Up to so many unknown names of an object are compared with each other as they come; more are sorted at
/// the object's end, so that no document, however made, costs more than n·log n.
const COMPARED_MAX: usize = 32;

/// A name that was read.
pub(crate) struct Name {
    /// Behind the colon; null after a fault.
    pub(crate) value: Position,
    /// Its entry in the tables; null when there is none.
    pub(crate) member: *mut Member,
}

const FAULTY: Name = Name { value: core::ptr::null(), member: core::ptr::null_mut() };

/// Begins anew.
pub(crate) fn begin() {
    // SAFETY: nothing else holds the variable.
    unsafe { *UNKNOWN.get() = List::new() }
}

/// A mark of the names kept so far, to be given to [`end_object`].
#[inline(always)]
pub(crate) fn mark() -> usize {
    // SAFETY: nothing else holds the variable.
    unsafe { (*UNKNOWN.get()).len() }
}

/// Reads a name, from its opening quote to behind the colon. `object` is where its object begins, when
/// that is searched for repeated names, else null; names kept since `mark` are the object's.
#[inline(never)]
pub(crate) unsafe fn read(at: Position, state: *const State, object: Position, mark: usize) -> Name {
    // SAFETY: all reads end at the document's NUL.
    unsafe {
        if *at != b'"' {
            fault::invalid(at, fault::NAME);
            return FAULTY;
        }
        let behind = text::string(at.add(1));
        if behind.is_null() {
            return FAULTY;
        }
        let colon = text::skip_space(behind);
        if *colon != b':' {
            fault::invalid(colon, fault::COLON);
            return FAULTY;
        }
        let token_len = behind as usize - at as usize;
        let raw = core::slice::from_raw_parts(at.add(1), token_len - 2);
        let (name, whole) = if raw.contains(&b'\\') { unescape(raw) } else { (raw, true) };
        if !whole && !object.is_null() {
            fault::in_name(object, at, token_len, false);
        }
        let hash = format::hash(name);
        let member = find(state, name, hash);
        if !object.is_null() && (member.is_null() || (*member).seen == 0) {
            let unknown = Unknown { text: name.as_ptr(), length: name.len(), hash, token: at, token_len };
            keep(unknown, object, mark);
        }
        Name { value: colon.add(1), member }
    }
}

/// The entry of `name`, or null.
unsafe fn find(state: *const State, name: &[u8], hash: u32) -> *mut Member {
    // SAFETY: the compiler writes valid tables: at least one bucket in four is empty.
    unsafe {
        let State { buckets, bucket_mask, members, .. } = *state;
        let mut bucket = hash & bucket_mask;
        loop {
            let number = *(buckets as *const u16).add(bucket as usize);
            if number == 0 {
                return core::ptr::null_mut();
            }
            let member = (members as *mut Member).add(usize::from(number) - 1);
            let known = core::slice::from_raw_parts(((*member).text + 1) as *const u8, (*member).length as usize - 3);
            if known == name {
                return member;
            }
            bucket = (bucket + 1) & bucket_mask;
        }
    }
}

unsafe fn keep(unknown: Unknown, object: Position, mark: usize) {
    // SAFETY: nothing else holds the variable.
    let kept = unsafe { &mut *UNKNOWN.get() };
    let others = kept.tail(mark);
    if others.len() < COMPARED_MAX && others.iter().any(|other| same(other, &unknown)) {
        fault::in_name(object, unknown.token, unknown.token_len, true);
    }
    kept.push(unknown);
}

fn same(one: &Unknown, other: &Unknown) -> bool {
    one.hash == other.hash && name_of(one) == name_of(other)
}

fn name_of(unknown: &Unknown) -> &[u8] {
    // SAFETY: the name lies in the document or in memory that stays until the next one.
    unsafe { core::slice::from_raw_parts(unknown.text, unknown.length) }
}

/// Ends the object whose names were kept since `mark`.
#[inline(always)]
pub(crate) fn end_object(object: Position, mark: usize) {
    // SAFETY: nothing else holds the variable.
    let kept = unsafe { &mut *UNKNOWN.get() };
    if kept.len() != mark {
        end_object_with(kept, object, mark);
    }
}

#[cold]
#[inline(never)]
fn end_object_with(kept: &mut List<Unknown>, object: Position, mark: usize) {
    let names = kept.tail(mark);
    if names.len() > COMPARED_MAX {
        sort(names);
        for pair in names.windows(2) {
            if same(&pair[0], &pair[1]) {
                fault::in_name(object, pair[1].token, pair[1].token_len, true);
            }
        }
    }
    kept.truncate(mark);
}

/// Brings equal names together, those that come first in the document first. A heap sort: short, without
/// further memory, and never worse than n·log n.
fn sort(names: &mut [Unknown]) {
    for root in (0..names.len() / 2).rev() {
        sift_down(names, root);
    }
    for end in (1..names.len()).rev() {
        names.swap(0, end);
        sift_down(&mut names[..end], 0);
    }
}

fn sift_down(heap: &mut [Unknown], mut root: usize) {
    loop {
        let mut child = 2 * root + 1;
        if child >= heap.len() {
            return;
        }
        if child + 1 < heap.len() && precedes(&heap[child], &heap[child + 1]) {
            child += 1;
        }
        if !precedes(&heap[root], &heap[child]) {
            return;
        }
        heap.swap(root, child);
        root = child;
    }
}

fn precedes(one: &Unknown, other: &Unknown) -> bool {
    if one.hash != other.hash {
        return one.hash < other.hash;
    }
    match name_of(one).cmp(name_of(other)) {
        core::cmp::Ordering::Equal => one.token < other.token,
        order => order.is_lt(),
    }
}

/// The text behind a token's content that holds escapes (checked before), and whether it is whole: half a
/// surrogate pair is kept in the form that UTF-8 would give it, which equals no name that is text.
fn unescape(raw: &[u8]) -> (&'static [u8], bool) {
    // An escape never gives more bytes than it takes.
    let start = memory::allocate(raw.len());
    let mut out = start;
    let mut whole = true;
    let mut at = 0;
    let mut push = |byte: u8| {
        // SAFETY: no more bytes are written than `raw` has.
        unsafe {
            *out = byte;
            out = out.add(1);
        }
    };
    while at < raw.len() {
        if raw[at] != b'\\' {
            push(raw[at]);
            at += 1;
            continue;
        }
        at += 2;
        let simple = match raw[at - 1] {
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let (unit, behind) = (unit(raw, at), at + 4);
                at = behind;
                let mut scalar = unit;
                if unit & 0xfc00 == 0xd800 && raw[at..].starts_with(b"\\u") && self::unit(raw, at + 2) & 0xfc00 == 0xdc00
                {
                    scalar = 0x1_0000 + ((unit & 0x3ff) << 10) + (self::unit(raw, at + 2) & 0x3ff);
                    at += 6;
                } else if unit & 0xf800 == 0xd800 {
                    whole = false;
                }
                push_scalar(scalar, &mut push);
                continue;
            }
            other => other,
        };
        push(simple);
    }
    // SAFETY: the bytes were written; the memory stays until the next document.
    (unsafe { core::slice::from_raw_parts(start, out as usize - start as usize) }, whole)
}

/// The UTF-16 unit that four hexadecimal digits say.
fn unit(raw: &[u8], at: usize) -> u32 {
    raw[at..at + 4].iter().fold(0, |unit, digit| unit << 4 | (*digit as char).to_digit(16).unwrap_or_default())
}

fn push_scalar(scalar: u32, push: &mut impl FnMut(u8)) {
    let tail = |shift: u32| 0x80 | (scalar >> shift & 0x3f) as u8;
    match scalar {
        0..0x80 => push(scalar as u8),
        0x80..0x800 => {
            push(0xc0 | (scalar >> 6) as u8);
            push(tail(0));
        }
        0x800..0x1_0000 => {
            push(0xe0 | (scalar >> 12) as u8);
            push(tail(6));
            push(tail(0));
        }
        _ => {
            push(0xf0 | (scalar >> 18) as u8);
            push(tail(12));
            push(tail(6));
            push(tail(0));
        }
    }
}
