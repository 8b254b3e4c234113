use layercake::prelude::*;

network! {
    struct Net <
        input(6, 4)
        => lstm(5, ingate = gate(0.1))
    >
}

fn main() {
    Net::<f32>::new(1);
}
