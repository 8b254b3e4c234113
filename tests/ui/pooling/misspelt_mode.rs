use layercake::prelude::*;

network! {
    struct Net <
        input(3, 28, 28)
        => pool2d(2, mode = average_in_pad)
        => flatten
    >
}

fn main() {
    Net::<f32>::new(1);
}
