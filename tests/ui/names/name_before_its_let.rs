use layercake::prelude::*;

network! {
    struct Net <
        let a = h => dense(20, relu);
        let h = input(20);
        add(a, h) => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
