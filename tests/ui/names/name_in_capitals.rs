use layercake::prelude::*;

network! {
    struct Net <
        let X = input(20);
        X => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
