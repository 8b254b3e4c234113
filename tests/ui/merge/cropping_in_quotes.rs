use layercake::prelude::*;

network! {
    struct Net <
        let x = input(3, 28, 28);
        let pooled = x => max_pool2d(2);
        add(x, pooled, cropping = (none, none, "lower", center)) => dense(10, softmax)
    >
}

fn main() {
    Net::<f32>::new(1);
}
