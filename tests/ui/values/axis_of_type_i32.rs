use layercake::prelude::*;

const WIDTH: i32 = 20;

network! {
    struct Net <
        input(WIDTH)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
