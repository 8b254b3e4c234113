//! Handles of NVIDIA's libraries that are given back when they are dropped; what fails then leaks.

/// A type for each kind of handle, and the function that takes such a handle back.
macro_rules! owned {
    ($($name:ident($handle:ty): $destroy:path;)*) => {$(
        #[derive(Debug)]
        struct $name($handle);

        impl Drop for $name {
            fn drop(&mut self) {
                // SAFETY: the library made the handle for this value alone, and nothing uses it from here on.
                let _ = unsafe { $destroy(self.0) };
            }
        }
    )*};
}
pub(super) use owned;
