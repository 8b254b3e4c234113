use layercake::prelude::*;

network! {
    struct Net <
        input(4, 6)
        => reshape()
        => flatten
    >
}

fn main() {
    Net::<f32>::new(1);
}
