use layercake::prelude::*;

network! {
    struct Net <
        input(4)
        => dropout(0.5, true)
        => dense(3)
    >
}

fn main() {
    Net::<f32>::new(1);
}
