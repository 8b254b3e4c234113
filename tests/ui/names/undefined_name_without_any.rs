use layercake::prelude::*;

network! {
    struct Net <
        x => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
