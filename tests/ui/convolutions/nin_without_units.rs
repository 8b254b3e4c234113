use layercake::prelude::*;

network! {
    struct Net <
        input(3, 8, 8)
        => nin(0)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
