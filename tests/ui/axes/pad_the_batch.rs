use layercake::prelude::*;

network! {
    struct Net <
        input(4, 6)
        => pad(1, batch_ndim = 0)
        => flatten
    >
}

fn main() {
    Net::<f32>::new(1);
}
