use layercake::prelude::*;

network! {
    struct Net <
        input(28, 28)
        => max_pool2d(2)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
