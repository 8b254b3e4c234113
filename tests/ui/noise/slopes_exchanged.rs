use layercake::prelude::*;

network! {
    struct Net <
        input(20)
        => rrelu(0.8, 0.3)
    >
}

fn main() {
    Net::<f32>::new(1);
}
