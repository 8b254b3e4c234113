use layercake::prelude::*;

network! {
    struct Net <
        input(4)
        => batch_norm(0.1)
        => dense(3)
    >
}

fn main() {
    Net::<f32>::new(1);
}
