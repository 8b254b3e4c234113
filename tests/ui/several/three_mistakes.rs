use layercake::prelude::*;

network! {
    struct Net <
        let x = input(20);
        let h = x => dense(800, rellu) => dropot(0.5);
        let k = x => dense(10, b = non);
        add(h, kk) => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
