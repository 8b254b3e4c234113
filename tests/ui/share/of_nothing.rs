use layercake::prelude::*;

network! {
    struct Net <
        input(4)
        => dense(4, share = hidden)
    >
}

fn main() {
    Net::<f32>::new(1);
}
