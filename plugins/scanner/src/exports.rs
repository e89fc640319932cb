//! What the host calls: the two functions of the contract and the allocator of the canonical ABI, written
//! by hand because their types are few and fixed.

use crate::{
    Global,
    fault::{self, Fault},
    format::{Header, State},
    memory, names, output,
    position::Position,
    scan,
};

/// Filled by the compiler, which finds it by its name among the module's exports.
#[unsafe(export_name = "LANEWAY_TABLES")]
pub(crate) static TABLES: Global<Header> = Global::new(Header { manifest: 0, roots: 0, root_count: 0, heap: 0 });

/// `result<extraction, extract-error>`: the case, then the payload.
static RESULT: Global<[u32; 7]> = Global::new([0; 7]);

const OK: u32 = 0;
const ERR: u32 = 1;

/// Gives memory for the document that is about to be passed.
#[unsafe(export_name = "cabi_realloc")]
unsafe extern "C" fn realloc(old: *mut u8, old_size: usize, _align: usize, new_size: usize) -> *mut u8 {
    // One more for the NUL that `extract` puts behind the document.
    let new = memory::allocate(new_size + 1);
    // SAFETY: the host gives what it got; both are in this memory.
    unsafe { core::ptr::copy_nonoverlapping(old, new, old_size.min(new_size)) };
    new
}

/// `describe`: the manifest lies ready.
#[unsafe(export_name = "laneway:resource/extractor@1.0.0#describe")]
unsafe extern "C" fn describe() -> u32 {
    // SAFETY: nothing else holds the variable.
    unsafe { (*TABLES.get()).manifest }
}

/// `extract`: the result stays until memory for the next document is asked for.
#[unsafe(export_name = "laneway:resource/extractor@1.0.0#extract")]
unsafe extern "C" fn extract(index: u32, document: *mut u8, length: usize) -> *const u32 {
    // SAFETY: the host gives a document in memory from `realloc`, which is padded.
    unsafe {
        let Header { roots, root_count, .. } = *TABLES.get();
        if index >= root_count {
            core::arch::wasm32::unreachable();
        }
        let root = *(roots as *const u32).add(index as usize) as *mut State;
        let document = if length == 0 { memory::allocate(1) } else { document };
        *document.add(length) = 0;
        fault::clear();
        names::begin();
        output::begin(document);
        scan::document(document, document.add(length), root);
        let result = match fault::grammar().or_else(|| not_an_object(document)).or_else(fault::names) {
            None => found(),
            Some(fault) => failed(&fault),
        };
        memory::reset();
        result
    }
}

/// A document that is JSON may still be no object.
unsafe fn not_an_object(document: Position) -> Option<Fault> {
    // SAFETY: the document has been read; it is followed by a NUL.
    unsafe {
        let at = crate::text::skip_space(document);
        (*at != b'{').then_some(Fault { code: "not-an-object", message: fault::ROOT, at })
    }
}

fn found() -> *const u32 {
    let [spans, span_count, steps, step_count] = output::lists();
    // No texts: an aligned address that is never read.
    write([OK, spans, span_count, steps, step_count, 4, 0])
}

fn failed(fault: &Fault) -> *const u32 {
    let Fault { code, message, at } = fault;
    let address = |text: &str| text.as_ptr() as u32;
    let length = |text: &str| text.len() as u32;
    write([ERR, address(code), length(code), address(message), length(message), output::offset(*at), 0])
}

fn write(result: [u32; 7]) -> *const u32 {
    // SAFETY: nothing else holds the variable.
    unsafe {
        *RESULT.get() = result;
        RESULT.get().cast()
    }
}
