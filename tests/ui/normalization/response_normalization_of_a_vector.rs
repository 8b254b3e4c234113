use layercake::prelude::*;

network! {
    struct Net <
        input(8)
        => local_response_normalization2d
    >
}

fn main() {
    Net::<f32>::new(1);
}
