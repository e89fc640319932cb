//! What is handed over in calls: structs that state a size and are as long, texts, numbers at the ends of their ranges.
//!
//! SAFETY, of every call here: what is read is as long as it states.

use std::ptr::null;

use arbitrary::{Result, Unstructured};
use laneway::abi::laneway_text_t;

/// What texts may be: names of outcomes that an echo gives, documents, extractions, addresses of servers that are not there.
const TEXTS: [&[u8]; 16] = [
    b"",
    b"inserted",
    b"invalid_references",
    b"failed",
    b"ed-fi",
    b"{}",
    b"\xef\xbb\xbf{\"a\":1}",
    b"\xff\xfe{",
    b"nonsense \xff",
    b"[1,2",
    b"{\"projectName\":\"P\",\"resourceName\":\"R\",\"version\":\"1\",\"isDescriptor\":false,\"identity\":[[\"$.a\",\"1\"]]}",
    b"host=127.0.0.1 port=1 user=u dbname=d connect_timeout=1",
    b"Host=127.0.0.1;Port=1;Username=u;Database=d",
    b"postgres://",
    b"/nonexistent/folder",
    b"NamespaceBased",
];

/// A struct in memory of its own, which states a size and is as long.
pub(super) struct Sized(pub(super) Vec<u8>);

impl Sized {
    pub(super) fn of<T>(value: &T, bytes: &mut Unstructured<'_>) -> Result<Self> {
        let own = size_of::<T>();
        let size = match bytes.int_in_range(0..=15)? {
            0 => 0,
            1 => 4,
            2 => own - 8,
            3 => own + 8,
            4 => own + 5,
            5 => usize::from(bytes.arbitrary::<u8>()?),
            _ => own,
        };
        // Plain integers and pointers, without padding.
        let written = unsafe { std::slice::from_raw_parts(std::ptr::from_ref(value).cast::<u8>(), own) };
        let mut memory = vec![0; size.max(4)];
        let shared = own.min(memory.len());
        memory[..shared].copy_from_slice(&written[..shared]);
        memory[..4].copy_from_slice(&(size as u32).to_ne_bytes());
        if size > own && bytes.ratio(1, 2)? {
            memory[own] = 1;
        }
        Ok(Self(memory))
    }

    pub(super) fn ptr<T>(&self) -> *const T {
        self.0.as_ptr().cast()
    }

    pub(super) fn ptr_mut<T>(&mut self) -> *mut T {
        self.0.as_mut_ptr().cast()
    }
}

pub(super) fn zeroed<T>() -> T {
    // Of the ABI's structs, zeros are values.
    unsafe { std::mem::zeroed() }
}

pub(super) fn text(bytes: &mut Unstructured<'_>) -> Result<laneway_text_t> {
    let text = *bytes.choose(&TEXTS)?;
    // Sometimes with another length than the whole one.
    let len = if bytes.ratio(1, 8)? { bytes.choose_index(text.len() + 1)? } else { text.len() };
    let ptr = if len == 0 && bytes.ratio(1, 2)? { null() } else { text.as_ptr() };
    Ok(laneway_text_t { ptr, len })
}

pub(super) fn number(bytes: &mut Unstructured<'_>) -> Result<u64> {
    Ok(match bytes.int_in_range(0..=7)? {
        0 => bytes.arbitrary()?,
        1 => u64::MAX,
        2 => u64::from(u32::MAX),
        small => small - 3,
    })
}
