use layercake::prelude::*;

network! {
    struct Net <
        input(4, 6)
        => slice(3..-3, axis = 2)
        => flatten
    >
}

fn main() {
    Net::<f32>::new(1);
}
