use layercake::prelude::*;

network! {
    struct Net <
        let a = input(20, batch = 100);
        let b = input(20, batch = 50);
        add(a, b) => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
