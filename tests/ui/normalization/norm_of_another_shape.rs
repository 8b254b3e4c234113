use layercake::prelude::*;

network! {
    struct Net <
        input(20)
        => dense(10, relu, norm = instance_norm)
    >
}

fn main() {
    Net::<f32>::new(1);
}
