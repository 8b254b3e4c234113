use layercake::prelude::*;

network! {
    struct Net <
        input(6, 4)
        => lstm(5, gradient_steps = -2)
    >
}

fn main() {
    Net::<f32>::new(1);
}
