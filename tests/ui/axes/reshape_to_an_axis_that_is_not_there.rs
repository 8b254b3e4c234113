use layercake::prelude::*;

network! {
    struct Net <
        input(4, 6)
        => reshape([3], -1)
        => flatten
    >
}

fn main() {
    Net::<f32>::new(1);
}
