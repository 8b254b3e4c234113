use layercake::prelude::*;

network! {
    struct Net <
        input(4, 6)
        => slice((..).step_by(0), axis = 1)
        => flatten
    >
}

fn main() {
    Net::<f32>::new(1);
}
