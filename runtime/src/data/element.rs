//! What targets are made of.

/// An element of a target: a class number or a real.
pub trait Element: Copy + Send + Sync + 'static {
    /// Whether it is a whole number.
    const IS_WHOLE: bool;

    /// The number; 0 for one that is not whole.
    fn whole(self) -> i32;

    /// The number as a real.
    fn real(self) -> f64;
}

macro_rules! elements {
    ($is_whole:literal: $($element:ty)*) => {$(
        impl Element for $element {
            const IS_WHOLE: bool = $is_whole;

            fn whole(self) -> i32 {
                // A class that does not fit is none that a network has.
                if $is_whole { i32::try_from(self as i128).unwrap_or(-1) } else { 0 }
            }

            fn real(self) -> f64 {
                self as f64
            }
        }
    )*};
}

elements! { true: u8 u16 u32 u64 usize i8 i16 i32 i64 isize }
elements! { false: f32 f64 }
