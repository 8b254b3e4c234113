//! What the benchmark measures, and what it measures with.

mod compile;
pub mod growth;
pub mod limits;
mod memory;
mod networks;
mod peers;
mod products;
pub mod python;
pub mod sweep;
mod table;
mod timing;

pub use compile::compile_times;
pub use memory::{memory, train};
pub use networks::compare;
pub use peers::{Peer, Timing};
pub use products::products;
pub use table::Table;
pub use timing::{median, seconds};

/// The processor's name, as far as the system tells, and how it is used.
#[must_use]
pub fn machine(threads: usize) -> String {
    let information = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = information.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let name = name.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.to_owned());
    format!("{name}, {threads} thread(s), kernels for {:?}", layercake::cpu::isa::isa())
}
