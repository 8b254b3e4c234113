use layercake::prelude::*;

network! {
    struct Net <
        let x = input(4);
        (
            x => dense(1), x => dense(2), x => dense(3), x => dense(4), x => dense(5), x => dense(6), x => dense(7)
        )
    >
}

fn main() {
    Net::<f32>::new(1);
}
