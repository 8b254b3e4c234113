use layercake::prelude::*;

network! {
    struct Net <
        input(20)
        => gaussian_noise(-0.1)
    >
}

fn main() {
    Net::<f32>::new(1);
}
