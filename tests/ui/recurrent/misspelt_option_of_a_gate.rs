use layercake::prelude::*;

network! {
    struct Net <
        input(12, 3)
        => lstm(10, forgetgate = gate(bias = constant(1)))
    >
}

fn main() {
    Net::<f32>::new(1);
}
