use layercake::prelude::*;

network! {
    struct Net <
        let a = input(1);
        let b = input(1);
        let c = input(1);
        let d = input(1);
        let e = input(1);
        let f = input(1);
        let g = input(1);
        add(a, b, c, d, e, f, g) => dense(1)
    >
}

fn main() {
    Net::<f32>::new(1);
}
