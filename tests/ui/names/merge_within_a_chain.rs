use layercake::prelude::*;

network! {
    struct Net <
        let x = input(20);
        let h = x => dense(20, relu);
        x => dense(20, relu) => add(h) => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
