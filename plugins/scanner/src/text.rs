//! Bytes, sixteen at a time: strings, white space, digits. Every function takes a position and gives the
//! position behind what it read, null when the document is at fault there (which it has reported).

use core::arch::wasm32::{
    i8x16_bitmask, i8x16_eq, u8x16_gt, u8x16_le, u8x16_splat, u8x16_sub, v128, v128_any_true, v128_load, v128_or,
    v128_xor,
};

use crate::{fault, position::Position};

#[inline(always)]
unsafe fn load(at: Position) -> v128 {
    // SAFETY: the caller's position is in the document or its padding.
    unsafe { v128_load(at.cast()) }
}

/// Skips white space.
#[inline(always)]
pub(crate) unsafe fn skip_space(at: Position) -> Position {
    // SAFETY: the document ends with a NUL, so there is a byte.
    unsafe { if *at > b' ' { at } else { skip_space_run(at) } }
}

#[inline(never)]
unsafe fn skip_space_run(mut at: Position) -> Position {
    // SAFETY: a NUL is no white space; reads go at most one vector beyond it.
    unsafe {
        // The usual single space, without a vector.
        if *at == b' ' && *at.add(1) > b' ' {
            return at.add(1);
        }
        loop {
            let bytes = load(at);
            let space = v128_or(
                v128_or(i8x16_eq(bytes, u8x16_splat(b' ')), i8x16_eq(bytes, u8x16_splat(b'\n'))),
                v128_or(i8x16_eq(bytes, u8x16_splat(b'\r')), i8x16_eq(bytes, u8x16_splat(b'\t'))),
            );
            let others = !u32::from(i8x16_bitmask(space)) & 0xffff;
            if others != 0 {
                return at.add(others.trailing_zeros() as usize);
            }
            at = at.add(16);
        }
    }
}

/// A bit for each byte that a string cannot simply contain: a quote, a backslash, a control character.
#[inline(always)]
unsafe fn specials(at: Position) -> u32 {
    // SAFETY: the caller's position is in the document or its padding.
    let bytes = unsafe { load(at) };
    let special = v128_or(
        v128_or(i8x16_eq(bytes, u8x16_splat(b'"')), i8x16_eq(bytes, u8x16_splat(b'\\'))),
        u8x16_le(bytes, u8x16_splat(0x1f)),
    );
    u32::from(i8x16_bitmask(special))
}

/// The first byte that a string cannot simply contain.
#[inline(always)]
unsafe fn plain_end(mut at: Position) -> Position {
    // SAFETY: a NUL is such a byte; reads go at most one vector beyond it.
    unsafe {
        loop {
            // Two vectors a round: rounds are what an interruptible guest pays for.
            let mut bits = specials(at);
            if bits == 0 {
                at = at.add(16);
                bits = specials(at);
                if bits == 0 {
                    at = at.add(16);
                    continue;
                }
            }
            return at.add(bits.trailing_zeros() as usize);
        }
    }
}

/// Reads a string from behind its opening quote; gives the position behind the closing one.
#[inline(always)]
pub(crate) unsafe fn string(at: Position) -> Position {
    // SAFETY: `plain_end` stays in the document.
    unsafe {
        let end = plain_end(at);
        if *end == b'"' { end.add(1) } else { string_apart(end) }
    }
}

/// [`string`] in a loop that is short instead of fast, from anywhere behind the opening quote.
#[cold]
#[inline(never)]
pub(crate) unsafe fn string_apart(mut at: Position) -> Position {
    // SAFETY: each step stays at or before the NUL; reads go at most one vector beyond it.
    unsafe {
        loop {
            let bits = specials(at);
            if bits == 0 {
                at = at.add(16);
                continue;
            }
            at = at.add(bits.trailing_zeros() as usize);
            match *at {
                b'"' => return at.add(1),
                b'\\' => {
                    at = escape(at);
                    if at.is_null() {
                        return at;
                    }
                }
                _ => return fault::invalid(at, fault::STRING),
            }
        }
    }
}

/// Checks one escape, from its backslash.
unsafe fn escape(at: Position) -> Position {
    // SAFETY: a NUL matches nothing here, so no read passes it.
    unsafe {
        match *at.add(1) {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => at.add(2),
            b'u' => {
                let mut digit = at.add(2);
                while digit < at.add(6) {
                    if !(*digit).is_ascii_hexdigit() {
                        return fault::invalid(at, fault::ESCAPE);
                    }
                    digit = digit.add(1);
                }
                digit
            }
            _ => fault::invalid(at, fault::ESCAPE),
        }
    }
}

/// Reads digits; gives the first byte that is none.
#[inline(always)]
unsafe fn digits(mut at: Position) -> Position {
    // SAFETY: a NUL is no digit; reads go at most one vector beyond it.
    unsafe {
        loop {
            let others = u8x16_gt(u8x16_sub(load(at), u8x16_splat(b'0')), u8x16_splat(9));
            let bits = u32::from(i8x16_bitmask(others));
            if bits != 0 {
                return at.add(bits.trailing_zeros() as usize);
            }
            at = at.add(16);
        }
    }
}

/// Reads a number from its first byte, which is a minus or a digit.
#[inline(always)]
pub(crate) unsafe fn number(start: Position) -> Position {
    // SAFETY: a NUL ends a number; no read passes it by more than a vector.
    unsafe {
        let whole = if *start == b'-' { start.add(1) } else { start };
        let mut at = digits(whole);
        // A leading zero stands alone: what follows it is left for whoever expects a comma.
        if *whole == b'0' {
            at = whole.add(1);
        }
        if at == whole {
            return fault::invalid(start, fault::NUMBER);
        }
        if *at == b'.' || *at | 0x20 == b'e' { number_rest(start, at) } else { at }
    }
}

/// Fraction and exponent.
#[inline(never)]
unsafe fn number_rest(start: Position, mut at: Position) -> Position {
    // SAFETY: as for `number`.
    unsafe {
        if *at == b'.' {
            let fraction = at.add(1);
            at = digits(fraction);
            if at == fraction {
                return fault::invalid(start, fault::NUMBER);
            }
        }
        if *at | 0x20 == b'e' {
            let sign = at.add(1);
            let exponent = if *sign == b'+' || *sign == b'-' { sign.add(1) } else { sign };
            at = digits(exponent);
            if at == exponent {
                return fault::invalid(start, fault::NUMBER);
            }
        }
        at
    }
}

/// Whether the text of `length` bytes stands at `at`. Reads a vector beyond the text.
#[inline(always)]
pub(crate) unsafe fn stands(at: Position, text: Position, length: usize) -> bool {
    const ORDER: v128 = core::arch::wasm32::u8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    // SAFETY: both are readable for a vector beyond the text; the document up to its padding, and a
    // difference (the NUL at the latest) is found before anything beyond that is read.
    unsafe {
        let first = v128_xor(load(at), load(text));
        if length < 16 {
            let inside = u8x16_gt(u8x16_splat(length as u8), ORDER);
            return !v128_any_true(core::arch::wasm32::v128_and(first, inside));
        }
        if v128_any_true(first) {
            return false;
        }
        let mut from = 16;
        while from + 16 < length {
            if v128_any_true(v128_xor(load(at.add(from)), load(text.add(from)))) {
                return false;
            }
            from += 16;
        }
        !v128_any_true(v128_xor(load(at.add(length - 16)), load(text.add(length - 16))))
    }
}
