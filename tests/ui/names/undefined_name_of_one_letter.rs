use layercake::prelude::*;

network! {
    struct Net <
        let a = input(20) => dense(800, relu);
        let b = a => dense(800, relu);
        add(a, c) => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
