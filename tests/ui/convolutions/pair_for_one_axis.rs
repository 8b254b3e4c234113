use layercake::prelude::*;

network! {
    struct Net <
        input(1, 28)
        => conv1d(32, 5, stride = (1, 2))
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
