use layercake::prelude::*;

network! {
    struct Net <
        input(20)
        => instance_norm
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
