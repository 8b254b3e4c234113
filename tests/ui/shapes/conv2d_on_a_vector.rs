use layercake::prelude::*;

network! {
    struct Net <
        input(10)
        => conv2d(32, 5, relu)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
