use layercake::prelude::*;

network! {
    struct Net <
        input(4, 6)
        => slice((1..3).rev(), axis = 1)
        => flatten
    >
}

fn main() {
    Net::<f32>::new(1);
}
