use layercake::prelude::*;

network! {
    struct Net <
        input(4, 6)
        => dimshuffle(y, 2, 1)
        => flatten
    >
}

fn main() {
    Net::<f32>::new(1);
}
