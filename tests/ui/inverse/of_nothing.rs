use layercake::prelude::*;

network! {
    struct Net <
        input(20)
        => dense(10, relu)
        => inverse
    >
}

fn main() {
    Net::<f32>::new(1);
}
