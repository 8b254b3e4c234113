use layercake::prelude::*;

network! {
    struct Net <
        let x = input(20);
        x => dense(20) => inverse(x)
    >
}

fn main() {
    Net::<f32>::new(1);
}
