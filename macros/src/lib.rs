//! The macros of layercake.
