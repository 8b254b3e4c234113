use layercake::prelude::*;

network! {
    struct Net <

    >
}

fn main() {
    Net::<f32>::new(1);
}
