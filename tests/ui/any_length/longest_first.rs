use layercake::prelude::*;

network! {
    struct Net <
        input(100..=5, 2)
        => lstm(20)
    >
}

fn main() {
    Net::<f32>::new(1);
}
