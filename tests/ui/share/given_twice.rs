use layercake::prelude::*;

network! {
    struct Net <
        input(4)
        => first: dense(4)
        => dense(4, share = first, share = first)
    >
}

fn main() {
    Net::<f32>::new(1);
}
