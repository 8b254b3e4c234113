use layercake::prelude::*;

network! {
    struct Net <
        input(20)
        => expression(2.0, |x| x)
    >
}

fn main() {
    Net::<f32>::new(1);
}
