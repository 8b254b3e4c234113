use layercake::prelude::*;

network! {
    struct Net <
        input(4)
        => dense(5, norm = batch_norm("alpha" = 0.1))
    >
}

fn main() {
    Net::<f32>::new(1);
}
