use layercake::prelude::*;

network! {
    struct Net <
        input(7, 3)
        => lstm(4, ingate = gate(w_hid = orthogonal, w_cell = orthogonal))
    >
}

fn main() {
    Net::<f32>::new(1);
}
