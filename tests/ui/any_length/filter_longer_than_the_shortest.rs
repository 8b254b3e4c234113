use layercake::prelude::*;

network! {
    struct Net <
        input(3, ..=100)
        => conv1d(8, 5)
        => global_pool
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
