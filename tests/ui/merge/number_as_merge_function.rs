use layercake::prelude::*;

network! {
    struct Net <
        let x = input(4);
        let h = x => dense(4);
        elemwise_merge(x, h, merge_function = 3) => dense(3)
    >
}

fn main() {
    Net::<f32>::new(1);
}
