use layercake::prelude::*;

network! {
    struct Net <
        input(2, 7)
        => conv1d(3, 9, stride = 2)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
