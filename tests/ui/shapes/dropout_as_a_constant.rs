use layercake::prelude::*;

const P: f64 = 1.5;

network! {
    struct Net <
        input(20)
        => dropout(P)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
