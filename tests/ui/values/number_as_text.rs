use layercake::prelude::*;

network! {
    struct Net <
        input(20)
        => batch_norm(epsilon = "small")
    >
}

fn main() {
    Net::<f32>::new(1);
}
