use layercake::prelude::*;

network! {
    struct Net <
        input(20)
        => hidden2: dense(800, relu)
        => repeat(2) { hidden: dense(800, relu) }
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
