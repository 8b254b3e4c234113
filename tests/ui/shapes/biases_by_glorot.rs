use layercake::prelude::*;

network! {
    struct Net <
        input(20)
        => dense(10, softmax, b = glorot_uniform)
    >
}

fn main() {
    Net::<f32>::new(1);
}
