use layercake::prelude::*;

network! {
    struct Net <
        let x = input(3, 28, 28);
        let h = x => conv2d(8, 3, relu);
        concat(x, h) => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
