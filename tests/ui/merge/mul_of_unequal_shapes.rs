use layercake::prelude::*;

network! {
    struct Net <
        let x = input(3, 20);
        let h = x => dense(4, relu, num_leading_axes = 2);
        mul(x, h)
    >
}

fn main() {
    Net::<f32>::new(1);
}
