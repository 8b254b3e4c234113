use layercake::prelude::*;

struct Square;

network! {
    struct Net <
        input(20)
        => expression(|x| x * x, |x| 2.0 * x, code = Square)
    >
}

fn main() {
    Net::<f32>::new(1);
}
