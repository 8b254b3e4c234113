use layercake::prelude::*;

network! {
    struct Net <
        input(1, 4, 4, 4)
        => transposed_conv3d(32, 3, crop = everything)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
