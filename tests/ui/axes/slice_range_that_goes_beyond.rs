use layercake::prelude::*;

network! {
    struct Net <
        input(4, 6)
        => slice(2..7)
        => flatten
    >
}

fn main() {
    Net::<f32>::new(1);
}
