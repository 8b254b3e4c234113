use layercake::prelude::*;

network! {
    struct Net <
        input(5)
        => slice(0)
        => nin(3)
    >
}

fn main() {
    Net::<f32>::new(1);
}
