use layercake::prelude::*;

network! {
    struct Net <
        input(3, 28, 28)
        => global_pool(median)
        => flatten
    >
}

fn main() {
    Net::<f32>::new(1);
}
