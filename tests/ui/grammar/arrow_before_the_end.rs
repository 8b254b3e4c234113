use layercake::prelude::*;

network! {
    struct Net <
        input(20)
        => dense(800, relu)
        =>
    >
}

fn main() {
    Net::<f32>::new(1);
}
