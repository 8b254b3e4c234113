use layercake::prelude::*;

pub struct T;

network! {
    struct Net <
        input(20) => T => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
