//! Programs written with layercake.
