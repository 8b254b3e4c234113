use layercake::prelude::*;

network! {
    struct Net <
        input(..=100, 2)
        => lstm(20)
        => slice(9, axis = 1)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
