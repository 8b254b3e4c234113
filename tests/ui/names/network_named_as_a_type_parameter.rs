use layercake::prelude::*;

network! {
    struct D <
        input(20) => dense(10, softmax)
    >
}

fn main() {
    D::<f32>::new(1);
}
