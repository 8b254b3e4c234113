use layercake::prelude::*;

network! {
    struct Net <
        input(1, 28, 28)
        => conv2d(32 5, relu)
        => maxpool(2)
        => dense(800, relu, strid = 2)
        => dense[10]
    >
}

fn main() {
    Net::<f32>::new(1);
}
