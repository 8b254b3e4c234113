use layercake::prelude::*;

network! {
    struct Net <
        input
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
