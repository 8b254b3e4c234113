use layercake::prelude::*;

network! {
    struct Net <
        let x = input(4);
        ()
    >
}

fn main() {
    Net::<f32>::new(1);
}
