use layercake::prelude::*;

network! {
    struct Net <
        input(1, 28, 28) => bias(shared_axes = "auto") => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
