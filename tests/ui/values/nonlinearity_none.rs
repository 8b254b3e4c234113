use layercake::prelude::*;

network! {
    struct Net <
        input(20) => dense(800, nonlinearity = None) => dense(10, none)
    >
}

fn main() {
    Net::<f32>::new(1);
}
