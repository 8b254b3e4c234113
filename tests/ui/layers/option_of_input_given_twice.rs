use layercake::prelude::*;

network! {
    struct Net <
        input(20, batch = 500, batch = 100)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
