//! Recurrent layers: sequences (batch, time, features...), step by step.

mod cell;
pub(super) mod custom;
mod gate;
mod groups;
mod gru;
mod layout;
mod lstm;
mod plain;
pub(super) mod scan;
mod start;
mod steps;

pub use custom::{CustomRecurrent, CustomRecurrentMemory, CustomRecurrentParameters};
pub use gate::Gate;
pub use gru::{Gru, GruParameters};
pub use lstm::{Lstm, LstmParameters};
pub use plain::{Recurrent, RecurrentParameters};
pub use scan::RecurrentMemory;
