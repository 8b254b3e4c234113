use layercake::prelude::*;

network! {
    struct Net <
        input(4, 6)
        => reshape(-2, 4)
        => flatten
    >
}

fn main() {
    Net::<f32>::new(1);
}
