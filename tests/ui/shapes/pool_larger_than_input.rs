use layercake::prelude::*;

network! {
    struct Net <
        input(1, 6, 6)
        => conv2d(8, 5, relu)
        => max_pool2d(3)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
