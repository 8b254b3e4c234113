use layercake::prelude::*;

network! {
    struct Net <
        input(1, 8, 8)
        => pad("same")
        => dense(5)
    >
}

fn main() {
    Net::<f32>::new(1);
}
