use layercake::prelude::*;

network! {
    struct Net <
        input(1, 0, 28)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
