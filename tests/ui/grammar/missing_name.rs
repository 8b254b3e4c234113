use layercake::prelude::*;

network! {
    struct <
        input(20)
        => dense(10, softmax)
    >
}

fn main() {}
