use layercake::prelude::*;

network! {
    struct Net <
        let x = input(20) => dense(800, relu);
        x => dense(10, softmax), x => dense(1)
    >
}

fn main() {
    Net::<f32>::new(1);
}
