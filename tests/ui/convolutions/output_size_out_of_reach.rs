use layercake::prelude::*;

network! {
    struct Net <
        input(1, 4, 4)
        => transposed_conv2d(32, 3, stride = 2, output_size = (10, 11))
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
