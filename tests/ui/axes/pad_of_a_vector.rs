use layercake::prelude::*;

network! {
    struct Net <
        input(10)
        => pad(1)
        => flatten
    >
}

fn main() {
    Net::<f32>::new(1);
}
