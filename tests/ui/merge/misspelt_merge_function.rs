use layercake::prelude::*;

network! {
    struct Net <
        let x = input(20);
        let h = x => dense(20, relu);
        elemwise_merge(x, h, merge_function = maximun)
    >
}

fn main() {
    Net::<f32>::new(1);
}
