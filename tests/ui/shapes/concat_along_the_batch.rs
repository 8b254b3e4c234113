use layercake::prelude::*;

network! {
    struct Net <
        let x = input(20);
        let h = x => dense(20, relu);
        concat(x, h, axis = 0) => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
