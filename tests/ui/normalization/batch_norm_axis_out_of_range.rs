use layercake::prelude::*;

network! {
    struct Net <
        input(3, 4, 4)
        => batch_norm(axes = (0, 4))
    >
}

fn main() {
    Net::<f32>::new(1);
}
