use layercake::prelude::*;

network! {
    struct Net <
        input(12, 3)
        => lstm(10, ingate = gate(w_cell = none))
    >
}

fn main() {
    Net::<f32>::new(1);
}
