use layercake::prelude::*;

network! {
    struct Net <
        input(1, 4, 4)
        => transposed_conv2d(32, 4, crop = same)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
