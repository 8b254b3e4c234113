use layercake::prelude::*;

network! {
    struct Net <
        input(10)
        => feature_pool(3)
        => flatten
    >
}

fn main() {
    Net::<f32>::new(1);
}
