use layercake::prelude::*;

network! {
    struct Net <
        let hidden = input(20) => dense(800, relu);
        let other = hidden => dense(800, relu);
        add(hiden, other) => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
