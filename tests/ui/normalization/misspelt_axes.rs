use layercake::prelude::*;

network! {
    struct Net <
        input(3, 4, 4)
        => standardization(axes = feature)
    >
}

fn main() {
    Net::<f32>::new(1);
}
