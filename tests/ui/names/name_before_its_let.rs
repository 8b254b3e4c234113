use layercake::prelude::*;

network! {
    struct Net <
        let a = add(b, b) => dense(20, relu);
        let b = input(20);
        a => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
