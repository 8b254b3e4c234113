use layercake::prelude::*;

network! {
    struct Net <
        input(1, 6, 6)
        => max_pool2d(2, pad = 1, ignore_border = false)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
