use layercake::prelude::*;

network! {
    struct Net <
        input(1, 28, 28) => max_pool2d(2, stride = None) => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
