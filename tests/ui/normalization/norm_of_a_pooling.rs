use layercake::prelude::*;

network! {
    struct Net <
        input(3, 4, 4)
        => max_pool2d(2, norm = batch_norm)
    >
}

fn main() {
    Net::<f32>::new(1);
}
