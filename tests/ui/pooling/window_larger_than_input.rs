use layercake::prelude::*;

network! {
    struct Net <
        input(3, 4, 8, 8)
        => max_pool3d(5, pad = (0, 1, 1))
        => flatten
    >
}

fn main() {
    Net::<f32>::new(1);
}
