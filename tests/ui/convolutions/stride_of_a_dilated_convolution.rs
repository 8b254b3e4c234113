use layercake::prelude::*;

network! {
    struct Net <
        input(1, 8, 8)
        => dilated_conv2d(32, 3, stride = 2)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
