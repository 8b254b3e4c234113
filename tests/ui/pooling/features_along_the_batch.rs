use layercake::prelude::*;

network! {
    struct Net <
        input(10)
        => feature_wta(2, axis = 0)
        => flatten
    >
}

fn main() {
    Net::<f32>::new(1);
}
