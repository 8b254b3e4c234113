use layercake::prelude::*;

network! {
    struct Net <
        input(10)
        => global_pool
        => flatten
    >
}

fn main() {
    Net::<f32>::new(1);
}
