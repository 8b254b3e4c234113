use layercake::prelude::*;

network! {
    struct Net <
        input(12, 3)
        => recurrent(10, mask = 1)
    >
}

fn main() {
    Net::<f32>::new(1);
}
