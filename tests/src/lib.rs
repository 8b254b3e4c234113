//! What the tests of layercake share.

pub mod golden;
