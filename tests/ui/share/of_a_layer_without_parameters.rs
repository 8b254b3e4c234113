use layercake::prelude::*;

network! {
    struct Net <
        input(10)
        => dropout
        => dropout(0.2, share = dropout1)
        => dense(10)
    >
}

fn main() {
    Net::<f32>::new(1);
}
