use layercake::prelude::*;

network! {
    struct Net <
        let h = input(20) => dense(10, softmax);
        (h, h)
    >
}

fn main() {
    Net::<f32>::new(1);
}
