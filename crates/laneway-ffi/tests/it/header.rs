//! `include/laneway.h`, by cbindgen.

use cbindgen::{Builder, Config, DocumentationStyle, EnumConfig, ExportConfig, Language, Style};

use crate::generated;

const TOP: &str = "\
/* The C ABI of Laneway, generated from crates/laneway-ffi by `cargo xtask header`. Do not edit. */

/* What holds everywhere:

   Pointers    are used during the call and never after it. Input is copied, output is written into the caller's
               memory; there is nothing to free. A pointer may be NULL only where that is stated, and `error` always.
   Structs     begin with `struct_size`, which the caller sets to the struct's sizeof before the call, in arrays too:
               so the library can tell older and newer callers apart. Fields are only ever added at the end; those
               named `reserved` are 0.
   Handles     are numbers, not pointers. One that was destroyed gives LANEWAY_E_CLOSED, one that never was gives
               LANEWAY_E_HANDLE; neither is ever followed.
   Forks       leave the threads of a runtime behind. In a child process the handles of its parent give
               LANEWAY_E_HANDLE, at once; a runtime that is created there works.
   Threads     may call any function at any time, several at once. The library calls nothing back, installs no signal
               handler and no exit handler, and prints nothing, except the message of a defect of its own to standard
               error.
   Blocking    Functions that may block say so.
   Errors      are codes; `error` gets the explanation. No exception and no panic leaves the library.
   Text        is UTF-8. */";

#[test]
fn the_header_is_what_the_code_gives() {
    let config = Config {
        language: Language::C,
        header: Some(TOP.into()),
        include_guard: Some("LANEWAY_H".into()),
        no_includes: true,
        sys_includes: vec!["stddef.h".into(), "stdint.h".into()],
        cpp_compat: true,
        usize_is_size_t: true,
        line_length: 120,
        documentation_style: DocumentationStyle::C,
        style: Style::Both,
        enumeration: EnumConfig { ..EnumConfig::default() },
        export: ExportConfig {
            include: [
                "laneway_completion_kind_t",
                "laneway_outcome_t",
                "laneway_log_level_t",
                "laneway_coercion_t",
                "laneway_isolation_t",
            ]
            .map(String::from)
            .into(),
            ..ExportConfig::default()
        },
        ..Config::default()
    };
    let sources = [
        "abi/mod",
        "abi/result",
        "abi/operation",
        "abi/completion",
        "abi/log",
        "abi/options",
        "abi/stats",
        "exports/version",
        "exports/runtime",
        "exports/plugins",
        "exports/store",
        "exports/operations",
        "exports/completions",
        "exports/logs",
    ];
    let source = generated::repository().join("crates/laneway-ffi/src");
    let builder = sources
        .iter()
        .fold(Builder::new().with_config(config), |builder, name| builder.with_src(source.join(format!("{name}.rs"))));
    let mut header = Vec::new();
    builder.generate().unwrap().write(&mut header);
    generated::check("include/laneway.h", &String::from_utf8(header).unwrap());
}
