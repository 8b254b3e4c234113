//! What the tests of layercake share.
