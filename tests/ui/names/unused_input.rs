use layercake::prelude::*;

network! {
    struct Net <
        let x = input(20);
        let noise = input(5);
        x => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
