use layercake::prelude::*;

network! {
    struct Net <
        input(1, 28, 28) => conv2d(32, 5, pad = "same") => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
