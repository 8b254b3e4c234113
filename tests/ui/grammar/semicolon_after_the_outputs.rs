use layercake::prelude::*;

network! {
    struct Net <
        let x = input(20) => dense(800, relu);
        x => dense(10, softmax);
    >
}

fn main() {
    Net::<f32>::new(1);
}
