use layercake::prelude::*;

#[path = "../../../examples/src/glu.rs"]
mod glu;

network! {
    struct Net <
        input(1, 28, 28)
        => glu::Glu(100)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
