use layercake::prelude::*;

network! {
    struct Net <
        input(10)
        => dense(5, scaled_tanh(1.0, 0.0))
    >
}

fn main() {
    Net::<f32>::new(1);
}
