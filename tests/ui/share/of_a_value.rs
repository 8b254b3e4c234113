use layercake::prelude::*;

network! {
    struct Net <
        let hidden = input(10) => dense(10, relu);
        hidden => dense(10, share = hidden)
    >
}

fn main() {
    Net::<f32>::new(1);
}
