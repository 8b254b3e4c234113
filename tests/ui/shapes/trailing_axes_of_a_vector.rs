use layercake::prelude::*;

network! {
    struct Net <
        input(20)
        => dense(10, softmax, num_leading_axes = -2)
    >
}

fn main() {
    Net::<f32>::new(1);
}
