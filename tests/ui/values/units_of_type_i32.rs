use layercake::prelude::*;

const UNITS: i32 = 800;

network! {
    struct Net <
        input(20)
        => dense(UNITS, relu)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
