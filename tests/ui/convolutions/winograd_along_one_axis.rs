use layercake::prelude::*;

network! {
    struct Net <
        input(3, 28)
        => conv1d(32, 3, algorithm = winograd)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
