use layercake::prelude::*;

network! {
    struct Net <
        input(3, 28, 4)
        => features: conv2d(32, (3, 5), relu)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
