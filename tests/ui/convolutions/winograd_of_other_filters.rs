use layercake::prelude::*;

network! {
    struct Net <
        input(3, 28, 28)
        => conv2d(32, 7, algorithm = winograd)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
