use layercake::prelude::*;

network! {
    struct Net <
        let x = input(20);
        let h = x => dense(20, relu);
        add(x, h, coeffs = (1, 2, 3))
    >
}

fn main() {
    Net::<f32>::new(1);
}
