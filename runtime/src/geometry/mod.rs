//! How elements lie: what layers tell the kernels of every device.

mod blocks;
mod groups;
mod strided;
mod window;

pub use blocks::Blocks;
pub use groups::Groups;
pub use strided::{Strided, strides};
pub use window::{Tap, Windows, three_axes};
