use layercake::prelude::*;

network! {
    struct Net <
        input(3, 28)
        => max_pool1d((2, 2))
        => flatten
    >
}

fn main() {
    Net::<f32>::new(1);
}
