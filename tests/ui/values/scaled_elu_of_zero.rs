use layercake::prelude::*;

network! {
    struct Net <
        input(10)
        => dense(5, scaled_elu(0.0, 1.0))
    >
}

fn main() {
    Net::<f32>::new(1);
}
