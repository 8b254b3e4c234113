use layercake::prelude::*;

network! {
    struct Net <
        let x = input(20);
        (x => dense(10, softmax), x => dense(1)) => dropout(0.5)
    >
}

fn main() {
    Net::<f32>::new(1);
}
