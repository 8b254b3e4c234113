use layercake::prelude::*;

network! {
    struct Net <
        input(20)
        => dense(10, relu, norm = batch_norm(epsilom = 0.1))
    >
}

fn main() {
    Net::<f32>::new(1);
}
