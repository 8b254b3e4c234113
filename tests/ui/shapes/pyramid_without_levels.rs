use layercake::prelude::*;

network! {
    struct Net <
        input(1, 8, 8)
        => spatial_pyramid_pooling([])
        => dense(10)
    >
}

fn main() {
    Net::<f32>::new(1);
}
