use layercake::prelude::*;

network! {
    struct Net <
        let x = input(20);
        add(x) => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
