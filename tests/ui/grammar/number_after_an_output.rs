use layercake::prelude::*;

network! {
    struct Net <
        let x = input(4);
        (x => dense(3) 5, x => dense(2))
    >
}

fn main() {
    Net::<f32>::new(1);
}
