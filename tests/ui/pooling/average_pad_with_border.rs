use layercake::prelude::*;

network! {
    struct Net <
        input(3, 9)
        => pool1d(3, pad = 1, ignore_border = false, mode = average_exc_pad)
        => flatten
    >
}

fn main() {
    Net::<f32>::new(1);
}
