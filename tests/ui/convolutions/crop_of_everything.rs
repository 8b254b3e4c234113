use layercake::prelude::*;

network! {
    struct Net <
        input(1, 1, 2)
        => transposed_conv2d(32, 3, crop = full)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
