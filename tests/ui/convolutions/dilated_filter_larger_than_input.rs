use layercake::prelude::*;

network! {
    struct Net <
        input(1, 8, 8)
        => dilated_conv2d(32, 3, dilation = (2, 4))
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
