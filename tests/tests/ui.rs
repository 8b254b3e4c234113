//! What a wrong network looks like to its author: each program of `ui/` makes one mistake, and beside it stands
//! the compiler's message.

#[test]
fn mistakes() {
    trybuild::TestCases::new().compile_fail("ui/*/*.rs");
}
