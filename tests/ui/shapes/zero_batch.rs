use layercake::prelude::*;

network! {
    struct Net <
        input(20, batch = 0)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
