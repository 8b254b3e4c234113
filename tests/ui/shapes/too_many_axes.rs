use layercake::prelude::*;

network! {
    struct Net <
        input(1, 2, 3, 4, 5, 6)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
