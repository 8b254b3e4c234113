use layercake::prelude::*;

network! {
    struct Net <
        input(3, 8, 7)
        => spatial_pyramid_pooling([4, 2, 1])
        => flatten
    >
}

fn main() {
    Net::<f32>::new(1);
}
