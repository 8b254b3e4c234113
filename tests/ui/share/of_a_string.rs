use layercake::prelude::*;

network! {
    struct Net <
        input(10)
        => hidden: dense(10, relu)
        => dense(10, share = "hidden")
    >
}

fn main() {
    Net::<f32>::new(1);
}
