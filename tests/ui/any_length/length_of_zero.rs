use layercake::prelude::*;

network! {
    struct Net <
        input(0..=5, 2)
        => lstm(20)
    >
}

fn main() {
    Net::<f32>::new(1);
}
