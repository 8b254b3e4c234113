use layercake::prelude::*;

network! {
    struct Net <
        input(12, 3)
        => lstm(20, ingate = { dense(20) })
    >
}

fn main() {
    Net::<f32>::new(1);
}
