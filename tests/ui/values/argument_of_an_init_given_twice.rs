use layercake::prelude::*;

network! {
    struct Net <
        input(20)
        => dense(10, softmax, w = normal(0.1, std = 0.2))
    >
}

fn main() {
    Net::<f32>::new(1);
}
