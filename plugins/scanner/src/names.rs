//! Names of members that were not the expected ones: finding them in the tables, and keeping those that
//! the tables do not know, to see whether one comes twice.

use core::ops::Range;

use crate::{
    Global, fault,
    format::{self, Member, State},
    memory::{self, List},
    position::Position,
    text,
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
        let behind = text::string_apart(at.add(1));
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
        for (one, next) in names.iter().zip(names.iter().skip(1)) {
            if same(one, next) {
                fault::in_name(object, next.token, next.token_len, true);
            }
        }
    }
    kept.truncate(mark);
}

/// Brings equal names together, those that come first in the document first. A heap sort: short, without
/// further memory, and never worse than n·log n.
fn sort(names: &mut [Unknown]) {
    let (heap, length) = (names.as_mut_ptr(), names.len());
    // SAFETY: all positions are below the length.
    unsafe {
        for root in (0..length / 2).rev() {
            sift_down(heap, length, root);
        }
        for end in (1..length).rev() {
            core::ptr::swap(heap, heap.add(end));
            sift_down(heap, end, 0);
        }
    }
}

unsafe fn sift_down(heap: *mut Unknown, length: usize, mut root: usize) {
    // SAFETY: `root` and `child` are below the length.
    unsafe {
        loop {
            let mut child = 2 * root + 1;
            if child >= length {
                return;
            }
            if child + 1 < length && precedes(&*heap.add(child), &*heap.add(child + 1)) {
                child += 1;
            }
            if !precedes(&*heap.add(root), &*heap.add(child)) {
                return;
            }
            core::ptr::swap(heap.add(root), heap.add(child));
            root = child;
        }
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

/// The text of a name's token without its quotes, which has been checked, and whether it is whole: half a
/// surrogate pair is kept in the form that UTF-8 would give it, which equals no name that is text.
unsafe fn unescape(raw: &[u8]) -> (&'static [u8], bool) {
    // An escape never gives more bytes than it takes.
    let start = memory::allocate(raw.len());
    let mut whole = true;
    let mut out = start;
    let Range { start: mut at, end } = raw.as_ptr_range();
    // SAFETY: escapes are complete, so nothing is read beyond the token's closing quote; no more bytes are
    // written than read, into memory that stays until the next document.
    unsafe {
        while at < end {
            let byte = *at;
            at = at.add(1);
            if byte != b'\\' {
                put(&mut out, byte.into());
                continue;
            }
            let escape = *at;
            at = at.add(1);
            if escape != b'u' {
                put(&mut out, simple(escape).into());
                continue;
            }
            let mut scalar = unit(at);
            at = at.add(4);
            if scalar & 0xf800 == 0xd800 {
                let low = if *at == b'\\' && *at.add(1) == b'u' { unit(at.add(2)) } else { 0 };
                if scalar & 0xfc00 == 0xd800 && low & 0xfc00 == 0xdc00 {
                    scalar = 0x1_0000 + ((scalar & 0x3ff) << 10) + (low & 0x3ff);
                    at = at.add(6);
                } else {
                    whole = false;
                }
            }
            put_scalar(&mut out, scalar);
        }
        (core::slice::from_raw_parts(start, out as usize - start as usize), whole)
    }
}

/// The character that a backslash and this letter encode.
fn simple(letter: u8) -> u8 {
    match letter {
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        other => other,
    }
}

/// The UTF-16 unit that four hexadecimal digits encode.
unsafe fn unit(digits: Position) -> u32 {
    let mut unit = 0;
    for nth in 0..4 {
        // SAFETY: the digits have been checked.
        let digit = unsafe { *digits.add(nth) };
        // `0`–`9` are 0x30–0x39; `A`–`F` and `a`–`f` end in 1–6 and have the bit 0x40.
        let value = (digit & 0xf) + if digit & 0x40 != 0 { 9 } else { 0 };
        unit = unit << 4 | u32::from(value);
    }
    unit
}

unsafe fn put(out: &mut *mut u8, byte: u32) {
    // SAFETY: the caller has room.
    unsafe {
        **out = byte as u8;
        *out = out.add(1);
    }
}

/// Puts a scalar, or half a surrogate pair, in UTF-8.
unsafe fn put_scalar(out: &mut *mut u8, scalar: u32) {
    // SAFETY: the caller has room.
    unsafe {
        let tails = match scalar {
            0..0x80 => {
                put(out, scalar);
                0
            }
            0x80..0x800 => {
                put(out, 0xc0 | scalar >> 6);
                1
            }
            0x800..0x1_0000 => {
                put(out, 0xe0 | scalar >> 12);
                2
            }
            _ => {
                put(out, 0xf0 | scalar >> 18);
                3
            }
        };
        for nth in (0..tails).rev() {
            put(out, 0x80 | scalar >> (6 * nth) & 0x3f);
        }
    }
}
