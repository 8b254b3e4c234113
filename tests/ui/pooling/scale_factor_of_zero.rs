use layercake::prelude::*;

network! {
    struct Net <
        input(3, 8)
        => upscale1d(0)
        => flatten
    >
}

fn main() {
    Net::<f32>::new(1);
}
