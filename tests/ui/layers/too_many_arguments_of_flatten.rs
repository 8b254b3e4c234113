use layercake::prelude::*;

network! {
    struct Net <
        input(1, 28, 28)
        => flatten(2, 3)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
