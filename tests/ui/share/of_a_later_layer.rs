use layercake::prelude::*;

network! {
    struct Net <
        input(10)
        => dense(10, share = hidden)
        => hidden: dense(10, relu)
    >
}

fn main() {
    Net::<f32>::new(1);
}
