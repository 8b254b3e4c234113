use layercake::prelude::*;

network! {
    struct Net <
        input(4, 4)
        => dropout(0.5, shared_axes = 1.5)
        => dense(3)
    >
}

fn main() {
    Net::<f32>::new(1);
}
