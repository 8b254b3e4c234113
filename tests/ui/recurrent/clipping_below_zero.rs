use layercake::prelude::*;

network! {
    struct Net <
        input(12, 3)
        => lstm(10, grad_clipping = -1)
    >
}

fn main() {
    Net::<f32>::new(1);
}
