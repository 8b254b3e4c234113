use layercake::prelude::*;

network! {
    struct Net <
        input(1, 9, 28, 28)
        => conv3d(32, (3, 5), relu)
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
