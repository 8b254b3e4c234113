use layercake::prelude::*;

network! {
    struct Net<T> <
        input(20)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
