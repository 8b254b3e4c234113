use layercake::prelude::*;

network! {
    struct Net <
        input(20)
        => dropout(-0.5)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
