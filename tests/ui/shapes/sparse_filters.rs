use layercake::prelude::*;

network! {
    struct Net <
        input(3, 8, 8)
        => conv2d(4, 3, relu, w = sparse(0.2))
        => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
