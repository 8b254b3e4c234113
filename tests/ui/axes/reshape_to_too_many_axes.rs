use layercake::prelude::*;

network! {
    struct Net <
        input(12)
        => reshape(2, 3, 2, 1, 1, 1)
        => dense(5)
    >
}

fn main() {
    Net::<f32>::new(1);
}
