use layercake::prelude::*;

network! {
    struct Net <
        let x = input(3, 20);
        let h = x => dense(20, relu);
        maximum(x, h)
    >
}

fn main() {
    Net::<f32>::new(1);
}
