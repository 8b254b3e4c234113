use layercake::prelude::*;

network! {
    struct Net <
        input(4, 28)
        => conv1d(32, 5, num_groups = 0)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
