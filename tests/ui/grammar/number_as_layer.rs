use layercake::prelude::*;

network! {
    struct Net <
        input(4)
        => 5
    >
}

fn main() {
    Net::<f32>::new(1);
}
