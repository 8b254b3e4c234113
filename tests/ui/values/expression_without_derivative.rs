use layercake::prelude::*;

network! {
    struct Net <
        input(20)
        => expression(|x| x * x)
    >
}

fn main() {
    Net::<f32>::new(1);
}
