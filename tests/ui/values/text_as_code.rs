use layercake::prelude::*;

network! {
    struct Net <
        input(20)
        => expression(|x| x * x, |x| 2.0 * x, code = "a * a")
    >
}

fn main() {
    Net::<f32>::new(1);
}
