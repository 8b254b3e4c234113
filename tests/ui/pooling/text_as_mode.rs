use layercake::prelude::*;

network! {
    struct Net <
        input(3, 28, 28)
        => upscale2d(2, mode = "repeat")
        => flatten
    >
}

fn main() {
    Net::<f32>::new(1);
}
