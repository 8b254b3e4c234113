use layercake::prelude::*;

network! {
    struct Net <
        input(..=100, 2)
        => reshape(50, 4)
        => lstm(20)
    >
}

fn main() {
    Net::<f32>::new(1);
}
