use layercake::prelude::*;

network! {
    struct Net <
        let x = input(20);
        let h = add(x, h) => dense(20, relu);
        h => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
