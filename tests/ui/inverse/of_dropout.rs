use layercake::prelude::*;

network! {
    struct Net <
        input(10)
        => dropout
        => inverse(dropout1)
        => dense(10)
    >
}

fn main() {
    Net::<f32>::new(1);
}
