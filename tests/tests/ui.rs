//! What a wrong network looks like to its author: each program of `ui/` makes one mistake, and beside it stands
//! the compiler's message. `TRYBUILD=overwrite cargo test -p layercake-tests --test ui` writes the messages anew;
//! then read them.

#[test]
fn mistakes() {
    trybuild::TestCases::new().compile_fail("ui/*/*.rs");
}
