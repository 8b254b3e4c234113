use layercake::prelude::*;

network! {
    struct Net <
        input(4)
        => repeat(2) { dense(3) 5 }
    >
}

fn main() {
    Net::<f32>::new(1);
}
