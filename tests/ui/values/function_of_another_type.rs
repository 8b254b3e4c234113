use layercake::prelude::*;

network! {
    struct Net <
        input(20)
        => expression(|x: f32| x * x, |x| 2.0 * x)
    >
}

fn main() {
    Net::<f32>::new(1);
}
