use layercake::prelude::*;

network! {
    struct Net <
        let image = input(1, 28, 28);
        let offsets = image => dense(20, linear);
        tps_transformer(image, offsets, control_points = 10) => dense(10)
    >
}

fn main() {
    Net::<f32>::new(1);
}
