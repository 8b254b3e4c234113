use layercake::prelude::*;

network! {
    struct Net <
        input(784)
        => reshape(1, 28, 27)
        => conv2d(32, 5)
    >
}

fn main() {
    Net::<f32>::new(1);
}
