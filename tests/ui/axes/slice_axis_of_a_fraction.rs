use layercake::prelude::*;

network! {
    struct Net <
        input(3, 4)
        => slice(0, axis = 1.5)
        => dense(5)
    >
}

fn main() {
    Net::<f32>::new(1);
}
