use layercake::prelude::*;

network! {
    struct Net <
        let x = input(20);
        let y = input(18);
        concat(x, y, cropping = (none, none, lower))
    >
}

fn main() {
    Net::<f32>::new(1);
}
