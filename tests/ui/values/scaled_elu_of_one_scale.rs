use layercake::prelude::*;

network! {
    struct Net <
        input(10)
        => dense(5, scaled_elu(1.05))
    >
}

fn main() {
    Net::<f32>::new(1);
}
