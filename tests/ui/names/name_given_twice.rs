use layercake::prelude::*;

network! {
    struct Net <
        let h = input(20) => dense(800, relu);
        let h = h => dense(800, relu);
        h => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
