use layercake::prelude::*;

network! {
    struct Net <
        let x = input(28);
        let theta = x => dense(6, linear);
        spatial_transformer(x, theta) => dense(10)
    >
}

fn main() {
    Net::<f32>::new(1);
}
