//! What a wrong network looks like to its author: each program of `ui/` makes one mistake, and beside it stands
//! the compiler's message. `TRYBUILD=overwrite cargo test -p layercake-tests --test ui` writes the messages anew;
//! then read them. Those of `ui_cuda/` need the feature `cuda`.

#[test]
fn mistakes() {
    let programs = if cfg!(feature = "cuda") { "ui_cuda/*.rs" } else { "ui/*/*.rs" };
    trybuild::TestCases::new().compile_fail(programs);
}
