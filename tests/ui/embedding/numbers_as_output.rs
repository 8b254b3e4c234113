use layercake::prelude::*;

network! {
    struct Net <
        input(20, dtype = i32)
        => flatten
    >
}

fn main() {
    Net::<f32>::new(1);
}
