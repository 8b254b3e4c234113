use layercake::prelude::*;

network! {
    struct Net <
        input(None, 1, 28, 28) => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
