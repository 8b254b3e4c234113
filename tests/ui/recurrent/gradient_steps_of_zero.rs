use layercake::prelude::*;

network! {
    struct Net <
        input(12, 3)
        => gru(10, gradient_steps = 0)
    >
}

fn main() {
    Net::<f32>::new(1);
}
