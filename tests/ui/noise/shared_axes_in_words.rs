use layercake::prelude::*;

network! {
    struct Net <
        input(3, 20)
        => dropout(0.5, shared_axes = channels)
    >
}

fn main() {
    Net::<f32>::new(1);
}
