use layercake::prelude::*;

network! {
    struct Net <
        input(20)
        => lstm(10)
    >
}

fn main() {
    Net::<f32>::new(1);
}
