//! The scanner's module, as it was compiled from `plugins/scanner`, and tables appended to it.

use wasm_encoder::{
    ConstExpr, DataCountSection, DataSection, ExportKind, ExportSection, MemorySection, MemoryType, Module, RawSection,
};
use wasmparser::{DataKind, ExternalKind, Operator, Parser, Payload};

use crate::image::Image;

/// Compiled by `cargo xtask codegen` (see `plugins/README.md`), never by hand.
const MODULE: &[u8] = include_bytes!("../../../plugins/scanner/scanner.wasm");

/// Memory that documents and results have from the start, so that most never grow it.
const HEAP_BYTES: u32 = 16 * 1024;
const PAGE_BYTES: u32 = 64 * 1024;

/// Two exports are for the compiler alone.
const TABLES: &str = "LANEWAY_TABLES";
const HEAP_BASE: &str = "__heap_base";

/// A module as the compiler sees it.
pub(crate) struct Scanner {
    payloads: Vec<Payload<'static>>,
    header: u32,
    base: u32,
}

impl Scanner {
    /// The scanner of this repository.
    ///
    /// # Panics
    /// When the committed module is not one that this compiler was made for, which a test would have found.
    pub(crate) fn new() -> Self {
        let payloads: Vec<_> =
            Parser::new(0).parse_all(MODULE).map(|payload| payload.expect("a valid module")).collect();
        let address = |name: &str| exported_address(&payloads, name).expect("the scanner exports its addresses");
        let (header, base) = (address(TABLES), address(HEAP_BASE).next_multiple_of(16));
        Self { payloads, header, base }
    }

    /// Where tables are to lie.
    pub(crate) fn base(&self) -> u32 {
        self.base
    }

    /// The scanner with these tables.
    pub(crate) fn with(&self, image: &Image) -> Vec<u8> {
        let mut module = Module::new();
        for payload in &self.payloads {
            match payload {
                Payload::MemorySection(_) => {
                    module.section(&memory(image.heap));
                }
                Payload::ExportSection(exports) => {
                    module.section(&public_exports(exports));
                }
                Payload::DataCountSection { count, .. } => {
                    module.section(&DataCountSection { count: count + 2 });
                }
                Payload::DataSection(data) => {
                    module.section(&self.data(data, image));
                }
                other => {
                    if let Some((id, range)) = other.as_section() {
                        module.section(&RawSection { id, data: &MODULE[range] });
                    }
                }
            }
        }
        module.finish()
    }

    fn data(&self, data: &wasmparser::DataSectionReader<'_>, image: &Image) -> DataSection {
        let mut section = DataSection::new();
        for segment in data.clone() {
            let segment = segment.expect("a valid module");
            let DataKind::Active { offset_expr, .. } = segment.kind else { panic!("the scanner's data is placed") };
            let at = constant(&offset_expr).expect("the scanner's data is at a constant address");
            section.active(0, &ConstExpr::i32_const(at), segment.data.iter().copied());
        }
        for (at, bytes) in [(self.base, &image.bytes), (self.header, &image.header)] {
            section.active(0, &ConstExpr::i32_const(at.cast_signed()), bytes.iter().copied());
        }
        section
    }
}

fn memory(heap: u32) -> MemorySection {
    let mut section = MemorySection::new();
    section.memory(MemoryType {
        minimum: u64::from((heap + HEAP_BYTES).div_ceil(PAGE_BYTES)),
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    section
}

fn public_exports(exports: &wasmparser::ExportSectionReader<'_>) -> ExportSection {
    let mut section = ExportSection::new();
    for export in exports.clone() {
        let export = export.expect("a valid module");
        let kind = match export.kind {
            ExternalKind::Func => ExportKind::Func,
            ExternalKind::Memory => ExportKind::Memory,
            // The addresses, which only the compiler reads.
            _ => continue,
        };
        section.export(export.name, kind, export.index);
    }
    section
}

/// The value of the exported global `name`.
fn exported_address(payloads: &[Payload<'_>], name: &str) -> Option<u32> {
    let index = payloads.iter().find_map(|payload| match payload {
        Payload::ExportSection(exports) => {
            exports.clone().into_iter().flatten().find(|export| export.name == name).map(|export| export.index)
        }
        _ => None,
    })?;
    payloads.iter().find_map(|payload| match payload {
        Payload::GlobalSection(globals) => {
            let global = globals.clone().into_iter().nth(index as usize)?.ok()?;
            constant(&global.init_expr).map(i32::cast_unsigned)
        }
        _ => None,
    })
}

fn constant(expression: &wasmparser::ConstExpr<'_>) -> Option<i32> {
    match expression.get_operators_reader().read().ok()? {
        Operator::I32Const { value } => Some(value),
        _ => None,
    }
}
