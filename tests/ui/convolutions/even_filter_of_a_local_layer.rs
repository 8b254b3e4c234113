use layercake::prelude::*;

network! {
    struct Net <
        input(3, 8, 8)
        => locally_connected2d(32, 2)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
