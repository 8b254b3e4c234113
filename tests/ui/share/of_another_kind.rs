use layercake::prelude::*;

network! {
    struct Net <
        input(1, 8, 8)
        => conv2d(3, 3)
        => dense(10, share = conv2d1)
    >
}

fn main() {
    Net::<f32>::new(1);
}
