use layercake::prelude::*;

network! {
    struct Net <
        input(3, 28, 28)
        => pool3d(2)
        => flatten
    >
}

fn main() {
    Net::<f32>::new(1);
}
