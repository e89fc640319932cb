//! The macro that makes a plugin of a type.

/// Exports a [`Plugin`](crate::Plugin) to the host. Once in a crate of type `cdylib`; natively it does nothing.
#[macro_export]
macro_rules! export {
    ($plugin:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            static INSTANCE: $crate::abi::Instance = $crate::abi::Instance::new();

            #[allow(unsafe_code, reason = "what the host calls")]
            #[unsafe(export_name = "cabi_realloc")]
            unsafe extern "C" fn realloc(old: *mut u8, old_size: usize, align: usize, new_size: usize) -> *mut u8 {
                // SAFETY: the host keeps to the canonical ABI.
                unsafe { $crate::abi::realloc(old, old_size, align, new_size) }
            }

            #[allow(unsafe_code, reason = "what the host calls")]
            #[unsafe(export_name = "laneway:resource/extractor@1.0.0#describe")]
            extern "C" fn describe() -> *const u32 {
                INSTANCE.describe::<$plugin>()
            }

            #[allow(unsafe_code, reason = "what the host calls")]
            #[unsafe(export_name = "laneway:resource/extractor@1.0.0#extract")]
            unsafe extern "C" fn extract(index: u32, document: *mut u8, length: usize) -> *const u32 {
                // SAFETY: the host keeps to the canonical ABI.
                unsafe { INSTANCE.extract::<$plugin>(index, document, length) }
            }
        };
    };
}
