use layercake::prelude::*;

network! {
    struct Net <
        let image = input(1, 28, 28);
        let theta = image => dense(6, linear);
        spatial_transformer(image, theta, downsample_factor = 0) => dense(10)
    >
}

fn main() {
    Net::<f32>::new(1);
}
