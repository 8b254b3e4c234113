use layercake::prelude::*;

network! {
    struct Net <
        input(4, 6, 6)
        => pad([1, 2, (0, 1)])
        => flatten
    >
}

fn main() {
    Net::<f32>::new(1);
}
